import { type Graph, GuidanceError, type Port, type Tensor, type TensorOps } from '@sega/guidance';
import { checkFeeds, type Feeds } from '@sega/guidance/runtime-kit';
import type { Replies, TensorRef } from '../protocol.js';
import type { HostLink } from './host-link.js';
import { type RecordedOps, refer } from './recorded-ops.js';
import { RecordedTensor } from './recorded-tensor.js';

/** A network of the host, seen from the page. @internal */
export class WebGraph implements Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #name: string;
  readonly #id: number;
  readonly #link: HostLink;
  #released: Promise<void> | undefined;

  constructor(name: string, { graph, inputs, outputs }: Replies['load'], link: HostLink) {
    this.inputs = inputs;
    this.outputs = outputs;
    this.#name = name;
    this.#id = graph;
    this.#link = link;
  }

  async run(feeds: Feeds, ops: TensorOps): Promise<Readonly<Record<string, Tensor>>> {
    if (this.#released || this.#link.closed) {
      throw new GuidanceError(
        'DISPOSED',
        `${this.#name} was run after it or its runtime was disposed. Load the model again.`,
      );
    }
    checkFeeds(this.#name, this.inputs, feeds);
    const own = ops as RecordedOps;
    const results = this.outputs.map(() => this.#link.newTensor());
    const { shapes } = await this.#link.run({
      kind: 'run',
      graph: this.#id,
      ops: own.id,
      feeds: Object.fromEntries(
        Object.entries(feeds).map(([name, value]) => [
          name,
          value instanceof RecordedTensor ? (refer(value) as TensorRef) : value,
        ]),
      ) as never,
      results,
    });
    return Object.fromEntries(this.outputs.map(({ name }, i) => [name, own.expect(shapes[i]!, results[i]!)]));
  }

  /** Frees the network after the runs asked for so far; once is enough, again does nothing. */
  dispose(): Promise<void> {
    this.#released ??= this.#link.closed
      ? Promise.resolve()
      : this.#link.ask({ kind: 'release', graph: this.#id }).then(() => undefined);
    return this.#released;
  }
}
