import { type Graph, GuidanceError, type HostArray, type Port, type Tensor, type TensorOps } from '@sega/guidance';
import { type Feeds, portsOf } from '@sega/guidance/runtime-kit';
import { packFeeds } from './feeds.js';
import { unpackOutputs } from './outputs.js';
import type { Replies, TensorMessage } from './session-protocol.js';
import type { SessionThread } from './session-thread.js';
import { isShared, SharedFeeds } from './shared-feeds.js';

/** The graph's session on one thread. @internal */
export interface Lane {
  readonly thread: SessionThread;
  readonly session: number;
}

interface Occupied extends Lane {
  readonly last: Map<string, Tensor | HostArray>;
  readonly shared: SharedFeeds;
  /** Where the session leaves what it returns, once it has said so. */
  outputs: readonly TensorMessage[];
  waiting: number;
}

/** A graph with one session or, for runs at the same time, one on each of several threads. @internal */
export class NodeGraph implements Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly #name: string;
  readonly #lanes: readonly Occupied[];
  readonly #onRun: (start: number, end: number) => void;
  #released: Promise<void> | undefined;

  constructor(
    name: string,
    { inputs, outputs }: Pick<Replies['load'], 'inputs' | 'outputs'>,
    lanes: readonly Lane[],
    onRun: (start: number, end: number) => void,
  ) {
    this.inputs = portsOf(name, 'input', inputs);
    this.outputs = portsOf(name, 'output', outputs);
    this.#name = name;
    this.#lanes = lanes.map((lane) => ({
      ...lane,
      last: new Map(),
      shared: new SharedFeeds(),
      outputs: [],
      waiting: 0,
    }));
    this.#onRun = onRun;
  }

  get lanes(): number {
    return this.#lanes.length;
  }

  async run(feeds: Feeds, ops: TensorOps): Promise<Readonly<Record<string, Tensor>>> {
    // The first of the least busy: runs asked for in the same order at every step meet the inputs they sent before.
    const lane = this.#lanes.reduce((least, other) => (other.waiting < least.waiting ? other : least));
    if (this.#released || lane.thread.closed) {
      throw new GuidanceError(
        'DISPOSED',
        `${this.#name} was run after it or its runtime was disposed. Load the model again.`,
      );
    }
    const packed = packFeeds(this.#name, this.inputs, feeds, lane.last);
    lane.waiting++;
    try {
      const { outputs, start, end } = await ask(lane, packed);
      this.#onRun(start, end);
      if (outputs.some(({ data }) => isShared(data))) lane.outputs = outputs;
      return unpackOutputs(outputs.length > 0 ? outputs : lane.outputs, ops);
    } catch (error) {
      lane.last.clear();
      lane.shared.clear();
      const cause = error as Error;
      throw new GuidanceError('GRAPH_RUN', `${this.#name} failed while running: ${cause.message}`, {}, { cause });
    } finally {
      lane.waiting--;
    }
  }

  /** Frees the sessions after the runs asked for so far; once is enough, again does nothing. */
  dispose(): Promise<void> {
    this.#released ??= Promise.all(this.#lanes.map(release)).then(() => undefined);
    return this.#released;
  }
}

function ask(
  { thread, session, shared, waiting }: Occupied,
  packed: readonly TensorMessage[],
): Promise<Replies['run']> {
  if (waiting > 1) return thread.request({ kind: 'run', session, feeds: shared.tell(packed), apart: true });
  const feeds = shared.share(packed);
  return feeds.length > 0 ? thread.request({ kind: 'run', session, feeds }) : thread.runAgain(session);
}

/** @internal */
export function release({ thread, session }: Lane): Promise<void> {
  return thread.closed ? thread.close() : thread.request({ kind: 'release', session });
}
