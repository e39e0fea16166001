import { type Graph, GuidanceError, type HostArray, type Port, type Tensor } from '@sega/guidance';
import { type Feeds, packFeeds } from './feeds.js';
import { unpackOutputs } from './outputs.js';
import { portsOf } from './ports.js';
import type { Replies } from './session-protocol.js';
import type { SessionThread } from './session-thread.js';

/** A session on the thread. @internal */
export class NodeGraph implements Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #name: string;
  readonly #session: number;
  readonly #thread: SessionThread;
  readonly #onMilliseconds: (milliseconds: number) => void;
  readonly #last = new Map<string, Tensor | HostArray>();
  #released: Promise<void> | undefined;

  constructor(
    name: string,
    loaded: Replies['load'],
    thread: SessionThread,
    onMilliseconds: (milliseconds: number) => void,
  ) {
    this.inputs = portsOf(name, 'input', loaded.inputs);
    this.outputs = portsOf(name, 'output', loaded.outputs);
    this.#name = name;
    this.#session = loaded.session;
    this.#thread = thread;
    this.#onMilliseconds = onMilliseconds;
  }

  async run(feeds: Feeds): Promise<Readonly<Record<string, Tensor>>> {
    if (this.#released || this.#thread.closed) {
      throw new GuidanceError(
        'DISPOSED',
        `${this.#name} was run after it or its runtime was disposed. Load the model again.`,
      );
    }
    const packed = packFeeds(this.#name, this.inputs, feeds, this.#last);
    const buffers = packed.flatMap((feed) => ('data' in feed ? [feed.data.buffer as ArrayBuffer] : []));
    const { outputs, milliseconds } = await this.#thread
      .request({ kind: 'run', session: this.#session, feeds: packed }, buffers)
      .catch((cause: Error) => {
        this.#last.clear();
        throw new GuidanceError('GRAPH_RUN', `${this.#name} failed while running: ${cause.message}`, {}, { cause });
      });
    this.#onMilliseconds(milliseconds);
    return unpackOutputs(outputs);
  }

  /** Frees the session after the runs asked for so far; once is enough, again does nothing. */
  dispose(): Promise<void> {
    this.#released ??= this.#thread.closed
      ? this.#thread.close()
      : this.#thread.request({ kind: 'release', session: this.#session });
    return this.#released;
  }
}
