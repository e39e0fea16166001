import type { Coefficient, ElementFunction, Layout, Mask, Tail, Tensor, TensorOps, Term } from '@sega/guidance';
import { checkSameShape, checkSize, groupsOf, sizeOf, tailCount } from '@sega/guidance/runtime-kit';
import { itemSize, joinedShape, withoutCodes } from '../shapes.js';
import { BufferPool, type MemoryCount } from './buffer-pool.js';
import type { GpuTensor } from './gpu-tensor.js';
import { ARGMAX, CATEGORICAL } from './kernels/codes.js';
import { type PackedType, UNPACK } from './kernels/convert.js';
import { clampKernel, gridOf, KEEP_BELOW, MAPS, MULTIPLY, RESIZE } from './kernels/elementwise.js';
import { DEVIATION, DOT, QUANTILE } from './kernels/reductions.js';
import { type Held, sumKernel } from './kernels/sum.js';
import { tailBoundKernel, tailSumKernel } from './kernels/tails.js';
import { TOKEN_BOUND, tokenScoreKernel, tokenSumKernel } from './kernels/token-tails.js';
import { float, type Kernel, type Recorder } from './recorder.js';

/**
 * Tensor arithmetic on a WebGPU device. Operations are recorded and submitted when a network runs or numbers are read;
 * nothing comes back in between.
 *
 * @internal
 */
export class GpuOps implements TensorOps {
  readonly #recorder: Recorder;
  readonly #pool: BufferPool;
  /** Inputs one kernel may have beside its settings and result. */
  readonly #mostInputs: number;

  constructor(recorder: Recorder, memory: MemoryCount) {
    this.#recorder = recorder;
    this.#pool = new BufferPool(recorder, memory);
    this.#mostInputs = recorder.device.limits.maxStorageBuffersPerShaderStage - 2;
  }

  fromArray(data: Float32Array, shape: readonly number[]): GpuTensor {
    checkSize(shape, data);
    const out = this.#pool.make(shape);
    this.#recorder.write(out.buffer, data);
    return out;
  }

  sum(terms: readonly Term[]): GpuTensor {
    const like = terms[0]![1];
    for (const [, x] of terms) checkSameShape(x, like);
    const out = this.#pool.make(like.shape);
    for (let first = 0; first < terms.length; ) {
      const end = first + this.#fitting(terms.slice(first));
      this.#addTerms(out, terms.slice(first, end), first > 0 ? 'first' : 'nowhere');
      first = end;
    }
    return out;
  }

  /** How many of the terms one kernel can take. */
  #fitting(terms: readonly Term[]): number {
    let inputs = 0;
    const beyond = terms.findIndex(([factor]) => {
      inputs += isTensor(factor) ? 2 : 1;
      return inputs > this.#mostInputs;
    });
    return beyond < 0 ? terms.length : beyond;
  }

  #addTerms(out: GpuTensor, terms: readonly Term[], held: Held): void {
    const items = out.shape[0] ?? 1;
    const factors = terms.map(([factor]) => factor);
    const own = factors.some(Array.isArray) ? items : 1;
    const numbers = factors.flatMap((factor) =>
      Array.from({ length: own }, (_, item) => (isTensor(factor) ? 0 : float(at(factor, item)))),
    );
    const inputs = [...terms.map(([, x]) => x), ...factors.filter(isTensor)];
    const kernel = sumKernel(factors.map(isTensor), held);
    this.#each(kernel, inputs, out, [itemSize(out), own, ...numbers]);
  }

  multiply(a: Tensor, b: Tensor): GpuTensor {
    checkSameShape(b, a);
    return this.#each(MULTIPLY, [a, b], this.#pool.make(a.shape));
  }

  map(x: Tensor, apply: ElementFunction): GpuTensor {
    return this.#each(MAPS[apply], [x], this.#pool.make(x.shape), [float(Number.POSITIVE_INFINITY)]);
  }

  clamp(x: Tensor, low: number | Tensor, high: number | Tensor): GpuTensor {
    const numbers = [low, high].map((bound) => (typeof bound === 'number' ? float(bound) : 0));
    const tensors = [low, high].filter((bound) => typeof bound !== 'number');
    const kernel = clampKernel(typeof low !== 'number', typeof high !== 'number');
    return this.#each(kernel, [x, ...tensors], this.#pool.make(x.shape), [itemSize(x), ...numbers]);
  }

  keepBelow(x: Tensor, test: Tensor, bound: number): GpuTensor {
    checkSameShape(test, x);
    return this.#each(KEEP_BELOW, [x, test], this.#pool.make(x.shape), [float(bound)]);
  }

  sumTails(tails: readonly Tail[], origin: Tensor, mask: Mask, layout: Layout, terms: readonly Term[] = []): GpuTensor {
    for (const of of [...tails.map((tail) => tail.of), ...terms.map(([, x]) => x)]) checkSameShape(of, origin);
    const out = this.#pool.make(origin.shape);
    if (tails.length === 0) this.#recorder.clear(out.buffer);
    // The sum of tails reads the origin and the bounds as well, that of tokens also shifts and scores.
    const most = this.#mostInputs - (mask === 'token' ? 4 : 2);
    for (let first = 0; first < tails.length; first += most) {
      const some = tails.slice(first, first + most);
      if (mask === 'token') this.#addTokenTails(out, some, origin, layout, first > 0);
      else this.#addTails(out, some, origin, mask, layout, first > 0);
    }
    const fits = this.#fitting(terms) === terms.length;
    if (terms.length) this.#addTerms(out, fits ? terms : [[1, this.sum(terms)]], 'last');
    return out;
  }

  #addTails(
    out: GpuTensor,
    tails: readonly Tail[],
    origin: Tensor,
    mask: Mask,
    layout: Layout,
    continues: boolean,
  ): void {
    const items = out.shape[0]!;
    const { count, blocks, length } = groupsOf(out.shape, layout, mask === 'element');
    const own = tailSettings(tails, items, blocks * length, mask);
    const settings = [out.size, itemSize(out), count, blocks, length, items, Number(continues), ...own];
    const inputs = [origin, ...tails.map(({ of }) => of)].map(bufferOf);
    this.#pool.temporary(tails.length * items * count, (bounds) => {
      const groups = [count, items, tails.length] as const;
      this.#recorder.dispatch(tailBoundKernel(tails.length), settings, [...inputs, bounds], groups);
      const sum = tailSumKernel(tails.length);
      this.#recorder.dispatch(sum, settings, [...inputs, bounds, out.buffer], gridOf(out.size));
    });
  }

  #addTokenTails(out: GpuTensor, tails: readonly Tail[], origin: Tensor, layout: Layout, continues: boolean): void {
    const items = out.shape[0]!;
    const { count, blocks, length } = groupsOf(out.shape, layout, true);
    const positions = blocks * length;
    const own = tailSettings(tails, items, positions, 'token');
    const isLogits = Number(layout.includes('code'));
    const settings = [out.size, itemSize(out), count, blocks, length, items, Number(continues), isLogits, 0, ...own];
    const inputs = [origin, ...tails.map(({ of }) => of)].map(bufferOf);
    const size = tails.length * items * positions;
    this.#pool.temporary(2 * size, (scores) => {
      this.#pool.temporary(tails.length * items, (bounds) => {
        const each = [size, ...settings.slice(1)];
        this.#recorder.dispatch(tokenScoreKernel(tails.length), each, [...inputs, scores], gridOf(size));
        this.#recorder.dispatch(TOKEN_BOUND, settings, [scores, bounds], [items, tails.length]);
        const sum = tokenSumKernel(tails.length);
        this.#recorder.dispatch(sum, settings, [...inputs, scores, bounds, out.buffer], gridOf(out.size));
      });
    });
  }

  argmax(logits: Tensor): GpuTensor {
    return this.#codes(ARGMAX, logits, []);
  }

  categorical(logits: Tensor, temperature: number, uniform: Tensor): GpuTensor {
    return this.#codes(CATEGORICAL, logits, [uniform], temperature);
  }

  #codes(kernel: Kernel, logits: Tensor, more: readonly Tensor[], temperature = 1): GpuTensor {
    const out = this.#pool.make(withoutCodes(logits));
    const positions = itemSize(out);
    return this.#each(kernel, [logits, ...more], out, [0, positions, logits.shape[1]!, float(temperature)]);
  }

  dot(a: Tensor, b: Tensor): GpuTensor {
    checkSameShape(b, a);
    return this.#reduce(DOT, [a, b], [0]);
  }

  deviation(x: Tensor): GpuTensor {
    return this.#reduce(DEVIATION, [x], [0, float(Number.NaN)]);
  }

  quantile(x: Tensor, q: number): GpuTensor {
    const size = itemSize(x);
    const rank = Math.fround(Math.fround(q) * (size - 1));
    const [below, above] = [Math.floor(rank), Math.ceil(rank)];
    return this.#reduce(QUANTILE, [x], [0, size - below, size - above, float(rank - below)]);
  }

  concat(parts: readonly Tensor[], axis: 0 | 1 = 0): GpuTensor {
    const out = this.#pool.make(joinedShape(parts, axis));
    const runs = axis === 0 ? 1 : out.shape[0]!;
    let offset = 0;
    for (let run = 0; run < runs; run++) {
      for (const part of parts) {
        const length = sizeOf(part.shape) / runs;
        this.#copy(part, run * length, out, offset, length);
        offset += length;
      }
    }
    return out;
  }

  slice(x: Tensor, start: number, end: number): GpuTensor {
    const size = itemSize(x);
    const out = this.#pool.make([end - start, ...x.shape.slice(1)]);
    this.#copy(x, start * size, out, 0, out.size);
    return out;
  }

  channels(x: Tensor, start: number, end: number): GpuTensor {
    const [items, channels, ...rest] = x.shape as [number, number, ...number[]];
    const plane = sizeOf(rest);
    const out = this.#pool.make([items, end - start, ...rest]);
    const length = (end - start) * plane;
    for (let item = 0; item < items; item++) {
      this.#copy(x, (item * channels + start) * plane, out, item * length, length);
    }
    return out;
  }

  resize(x: Tensor, height: number, width: number): GpuTensor {
    const [items, channels, fromHeight, fromWidth] = x.shape as [number, number, number, number];
    const out = this.#pool.make([items, channels, height, width]);
    return this.#each(RESIZE, [x], out, [fromHeight, fromWidth, height, width]);
  }

  /** Makes a network's output one of this run's tensors. @internal */
  adopt(tensor: GpuTensor, free: () => void): GpuTensor {
    this.#pool.adopt(tensor, free);
    return tensor;
  }

  /** A network's output of another type, as float32. @internal */
  unpack(x: GpuTensor, type: PackedType): GpuTensor {
    return this.#each(UNPACK[type], [x], this.#pool.make(x.shape), [x.size]);
  }

  keep(x: Tensor): Tensor {
    this.#pool.keep(x);
    return x;
  }

  release(x: Tensor): void {
    this.#pool.release(x);
  }

  endStep(): void {
    this.#pool.endStep();
  }

  dispose(): void {
    this.#pool.dispose();
  }

  #each(kernel: Kernel, inputs: readonly Tensor[], out: GpuTensor, settings: readonly number[] = []): GpuTensor {
    const buffers = [...inputs.map(bufferOf), out.buffer];
    this.#recorder.dispatch(kernel, [out.size, ...settings], buffers, gridOf(out.size));
    return out;
  }

  #reduce(kernel: Kernel, inputs: readonly Tensor[], settings: readonly number[]): GpuTensor {
    const [x] = inputs as [Tensor, ...Tensor[]];
    const items = x.shape[0]!;
    const out = this.#pool.make([items]);
    this.#recorder.dispatch(kernel, [itemSize(x), ...settings], [...inputs.map(bufferOf), out.buffer], [items]);
    return out;
  }

  #copy(x: Tensor, from: number, out: GpuTensor, to: number, count: number): void {
    this.#recorder.copy(bufferOf(x), from * 4, out.buffer, to * 4, count * 4);
  }
}

function bufferOf(x: Tensor): GPUBuffer {
  return (x as GpuTensor).buffer;
}

function isTensor(factor: Coefficient | Tensor): factor is Tensor {
  return typeof factor === 'object' && 'shape' in factor;
}

function at(coefficient: Coefficient | Tensor, item: number): number {
  return typeof coefficient === 'number' ? coefficient : (coefficient as readonly number[])[item]!;
}

/** Scale, weight and how many of a group's values are wanted, of every tail and item; none where a tail is silent. */
function tailSettings(tails: readonly Tail[], items: number, group: number, mask: Mask): readonly number[] {
  return tails.flatMap(({ scale, threshold, weight }) =>
    Array.from({ length: items }, (_, item) => {
      const isSilent = at(scale, item) === 0 || at(weight, item) === 0;
      const wanted = tailCount(mask === 'none' ? 0 : at(threshold, item), group);
      return [float(at(scale, item)), float(at(weight, item)), isSilent ? 0 : wanted];
    }).flat(),
  );
}
