import { availableParallelism } from 'node:os';
import {
  type CpuTensor,
  cpuOps,
  type GraphSource,
  GuidanceError,
  type Runtime,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import { graphPath, isSmall, loadRefusal } from './graph-file.js';
import { type Lane, NodeGraph, release } from './node-graph.js';
import type { Replies } from './session-protocol.js';
import { type SessionFailure, SessionThread } from './session-thread.js';

/**
 * Settings of {@link nodeRuntime}.
 *
 * @category Runtime
 */
export interface NodeRuntimeOptions {
  /** Threads networks may use at once, 1 to 1024. Default: what the machine offers (`os.availableParallelism()`). */
  readonly threads?: number;
}

/**
 * Runs networks with ONNX Runtime on the CPU, off the main thread, and tensor arithmetic on the heap.
 *
 * The event loop stays free while a network runs. A large network runs once at a time, on all threads. A small one, whose
 * operators are too short to be shared out, is loaded on up to four threads and runs as often at the same time.
 * Threads let the process exit when nothing runs, and `dispose` waits for runs in flight: native code is never cut off.
 *
 * @throws OPTION_INVALID when `threads` is no whole number from 1 to 1024.
 *
 * @example
 * await using runtime = nodeRuntime({ threads: 2 });
 * await using model = await loadStableDiffusion('./my-bundle', { runtime });
 * @category Runtime
 */
export function nodeRuntime(options: NodeRuntimeOptions = {}): Runtime {
  const { threads = availableParallelism() } = options;
  if (!Number.isInteger(threads) || threads < 1 || threads > 1024) {
    throw new GuidanceError('OPTION_INVALID', `threads is ${threads}; it must be a whole number from 1 to 1024.`, {
      option: 'threads',
      value: threads,
    });
  }
  return new NodeRuntime(threads, () => new SessionThread(new URL('./session-worker.mjs', import.meta.url)));
}

/** More copies of a network than branches of a usual step would only cost memory. */
const MAX_LANES = 4;

/** @internal */
export class NodeRuntime implements Runtime {
  readonly name = 'onnxruntime-node';
  readonly #threads: number;
  readonly #lanes: readonly SessionThread[];
  #milliseconds = 0;
  /** Until when running networks are counted. */
  #counted = 0;
  #disposed: Promise<void> | undefined;

  constructor(threads: number, startThread: () => SessionThread) {
    this.#threads = threads;
    this.#lanes = Array.from({ length: Math.min(threads, MAX_LANES) }, startThread);
  }

  get sessionMilliseconds(): number {
    return this.#milliseconds;
  }

  createOps(): TensorOps {
    this.#checkAlive();
    return cpuOps(simdKernels());
  }

  async loadGraph(source: GraphSource): Promise<NodeGraph> {
    this.#checkAlive();
    const path = await graphPath(source);
    this.#checkAlive();
    const threads = (await isSmall(path)) ? this.#lanes : this.#lanes.slice(0, 1);
    this.#checkAlive();
    const share = Math.max(1, Math.floor(this.#threads / threads.length));
    const loading = await Promise.allSettled(
      threads.map((thread) => thread.request({ kind: 'load', path, threads: share })),
    );
    const lanes = loading.flatMap((result, i): Lane[] =>
      result.status === 'fulfilled' ? [{ thread: threads[i]!, session: result.value.session }] : [],
    );
    try {
      const failed = loading.find((result) => result.status === 'rejected');
      if (failed) throw loadRefusal(source.name, path, failed.reason as SessionFailure);
      const { value } = loading[0] as PromiseFulfilledResult<Replies['load']>;
      return new NodeGraph(source.name, value, lanes, (start, end) => this.#count(start, end));
    } catch (error) {
      await Promise.all(lanes.map(release));
      throw error;
    }
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return (tensor as CpuTensor).data.slice();
  }

  dispose(): Promise<void> {
    this.#disposed ??= Promise.all(this.#lanes.map((thread) => thread.close())).then(() => undefined);
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  /** Time in which several networks ran counts once. */
  #count(start: number, end: number): void {
    this.#milliseconds += Math.max(0, end - Math.max(start, this.#counted));
    this.#counted = Math.max(this.#counted, end);
  }

  #checkAlive(): void {
    if (!this.#disposed) return;
    throw new GuidanceError('DISPOSED', 'The runtime was used after it was disposed. Make a new one.');
  }
}
