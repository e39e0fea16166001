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
import { graphPath, loadRefusal } from './graph-file.js';
import { NodeGraph } from './node-graph.js';
import { type SessionFailure, SessionThread } from './session-thread.js';

/**
 * Settings of {@link nodeRuntime}.
 *
 * @category Runtime
 */
export interface NodeRuntimeOptions {
  /** Threads one network run may use, 1 to 1024. Default: what the machine offers (`os.availableParallelism()`). */
  readonly threads?: number;
}

/**
 * Runs networks with ONNX Runtime on the CPU, off the main thread, and tensor arithmetic on the heap.
 *
 * The event loop stays free while a network runs. One thread serves all graphs of a runtime, one run at a time. It lets
 * the process exit when nothing runs, and `dispose` waits for the run in flight: native code is never cut off.
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
  return new NodeRuntime(threads, new SessionThread(new URL('./session-worker.mjs', import.meta.url)));
}

/** @internal */
export class NodeRuntime implements Runtime {
  readonly name = 'onnxruntime-node';
  readonly #threads: number;
  readonly #thread: SessionThread;
  #milliseconds = 0;
  #disposed: Promise<void> | undefined;

  constructor(threads: number, thread: SessionThread) {
    this.#threads = threads;
    this.#thread = thread;
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
    const loaded = await this.#thread
      .request({ kind: 'load', path, threads: this.#threads })
      .catch((failure: SessionFailure) => {
        throw loadRefusal(source.name, path, failure);
      });
    try {
      return new NodeGraph(source.name, loaded, this.#thread, (milliseconds) => {
        this.#milliseconds += milliseconds;
      });
    } catch (error) {
      await this.#thread.request({ kind: 'release', session: loaded.session });
      throw error;
    }
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return (tensor as CpuTensor).data.slice();
  }

  dispose(): Promise<void> {
    this.#disposed ??= this.#thread.close();
    return this.#disposed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  #checkAlive(): void {
    if (!this.#disposed) return;
    throw new GuidanceError('DISPOSED', 'The runtime was used after it was disposed. Make a new one.');
  }
}
