import type { ElementFunction, Layout, Mask, Tail, Tensor, TensorOps, Term } from '@sega/guidance';
import { checkSameShape, checkSize } from '@sega/guidance/runtime-kit';
import type { Command } from '../protocol.js';
import { joinedShape, withoutCodes } from '../shapes.js';
import { RecordedTensor } from './recorded-tensor.js';

/** Where recorded commands go. @internal */
export interface CommandLog {
  /** A number for a new tensor. */
  newTensor(): number;
  /** Notes a command, to be carried out before the next request. */
  note(command: Command): void;
  /** Has everything noted carried out now. */
  send(): void;
}

/**
 * Tensor arithmetic that happens in the host: every operation is noted with the shape of its result, and carried out
 * before the next network runs or numbers are read.
 *
 * @internal
 */
export class RecordedOps implements TensorOps {
  readonly #id: number;
  readonly #log: CommandLog;
  /** Every tensor made and not freed yet, with the number of its keepers. */
  readonly #made = new Map<Tensor, number>();

  constructor(id: number, log: CommandLog) {
    this.#id = id;
    this.#log = log;
  }

  /** Its number in the host. */
  get id(): number {
    return this.#id;
  }

  /** A tensor the host will make. */
  expect(shape: readonly number[], id: number): RecordedTensor {
    const tensor = new RecordedTensor(shape, id);
    this.#made.set(tensor, 0);
    return tensor;
  }

  fromArray(data: Float32Array, shape: readonly number[]): Tensor {
    checkSize(shape, data);
    return this.#make('fromArray', shape, data.slice(), shape);
  }

  sum(terms: readonly Term[]): Tensor {
    const like = terms[0]![1];
    for (const [, x] of terms) checkSameShape(x, like);
    return this.#make('sum', like.shape, terms);
  }

  multiply(a: Tensor, b: Tensor): Tensor {
    checkSameShape(b, a);
    return this.#make('multiply', a.shape, a, b);
  }

  map(x: Tensor, apply: ElementFunction): Tensor {
    return this.#make('map', x.shape, x, apply);
  }

  clamp(x: Tensor, low: number | Tensor, high: number | Tensor): Tensor {
    return this.#make('clamp', x.shape, x, low, high);
  }

  keepBelow(x: Tensor, test: Tensor, bound: number): Tensor {
    checkSameShape(test, x);
    return this.#make('keepBelow', x.shape, x, test, bound);
  }

  sumTails(tails: readonly Tail[], origin: Tensor, mask: Mask, layout: Layout, terms: readonly Term[] = []): Tensor {
    for (const of of [...tails.map((tail) => tail.of), ...terms.map(([, x]) => x)]) checkSameShape(of, origin);
    return this.#make('sumTails', origin.shape, tails, origin, mask, layout, terms);
  }

  argmax(logits: Tensor): Tensor {
    return this.#make('argmax', withoutCodes(logits), logits);
  }

  categorical(logits: Tensor, temperature: number, uniform: Tensor): Tensor {
    return this.#make('categorical', withoutCodes(logits), logits, temperature, uniform);
  }

  dot(a: Tensor, b: Tensor): Tensor {
    checkSameShape(b, a);
    return this.#make('dot', a.shape.slice(0, 1), a, b);
  }

  deviation(x: Tensor): Tensor {
    return this.#make('deviation', x.shape.slice(0, 1), x);
  }

  quantile(x: Tensor, q: number): Tensor {
    return this.#make('quantile', x.shape.slice(0, 1), x, q);
  }

  concat(parts: readonly Tensor[], axis: 0 | 1 = 0): Tensor {
    return this.#make('concat', joinedShape(parts, axis), parts, axis);
  }

  slice(x: Tensor, start: number, end: number): Tensor {
    return this.#make('slice', [end - start, ...x.shape.slice(1)], x, start, end);
  }

  channels(x: Tensor, start: number, end: number): Tensor {
    return this.#make('channels', [x.shape[0]!, end - start, ...x.shape.slice(2)], x, start, end);
  }

  resize(x: Tensor, height: number, width: number): Tensor {
    return this.#make('resize', [...x.shape.slice(0, 2), height, width], x, height, width);
  }

  keep(x: Tensor): Tensor {
    const keepers = this.#made.get(x);
    if (keepers === undefined) return x;
    this.#made.set(x, keepers + 1);
    this.#note('keep', [x]);
    return x;
  }

  release(x: Tensor): void {
    const keepers = this.#made.get(x);
    if (!keepers) return;
    this.#made.set(x, keepers - 1);
    this.#note('release', [x]);
  }

  endStep(): void {
    this.#note(
      'endStep',
      [],
      this.#free(([, keepers]) => keepers === 0),
    );
  }

  dispose(): void {
    this.#note(
      'dispose',
      [],
      this.#free(() => true),
    );
    this.#log.send();
  }

  #free(isDead: (entry: readonly [Tensor, number]) => boolean): number[] {
    return [...this.#made].filter(isDead).map(([tensor]) => {
      this.#made.delete(tensor);
      return (tensor as RecordedTensor).free();
    });
  }

  #make(method: keyof TensorOps, shape: readonly number[], ...parameters: readonly unknown[]): Tensor {
    const result = this.#log.newTensor();
    this.#log.note({ ops: this.#id, method, parameters: parameters.map(refer), result });
    return this.expect(shape, result);
  }

  #note(method: keyof TensorOps, parameters: readonly unknown[], freed: readonly number[] = []): void {
    this.#log.note({ ops: this.#id, method, parameters: parameters.map(refer), freed });
  }
}

/** A parameter with numbers in the place of tensors. @internal */
export function refer(value: unknown): unknown {
  if (value instanceof RecordedTensor) return { tensor: value.id };
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  if (Array.isArray(value)) return value.map(refer);
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, refer(entry)]));
}
