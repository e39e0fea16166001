import { type GraphSource, GuidanceError, type Runtime, type Tensor, type TensorOps } from '@sega/guidance';
import { HostLink, type Way } from './client/host-link.js';
import { RecordedOps } from './client/recorded-ops.js';
import type { RecordedTensor } from './client/recorded-tensor.js';
import { WebGraph } from './client/web-graph.js';
import type { HostDescription, LoadProgress } from './protocol.js';
import { startWorker } from './start-worker.js';
import type { EmbeddedFiles } from './unpack-embedded.js';

/**
 * Settings of {@link webRuntime}.
 *
 * @category Runtime
 */
export interface WebRuntimeOptions {
  /**
   * Where networks and arithmetic run: `webgpu` on the graphics device, `wasm` on the processor, `auto` on the graphics
   * device where the browser offers one. Default `auto`.
   */
  readonly device?: 'auto' | 'webgpu' | 'wasm';
  /**
   * Threads networks may use on the processor, 1 to 1024. Default: what the machine offers, at most 8. A page that is not
   * cross-origin isolated has one.
   */
  readonly threads?: number;
  /** Runs everything in a worker, so that the page stays responsive. Default true. */
  readonly worker?: boolean;
  /** Folder that ONNX Runtime's `.wasm` files are published in. Default: where the bundler put them. */
  readonly assets?: string;
  /** The files of the runtime from `@sega/runtime-web/embedded`, for pages that publish none beside their script. Default: published files. */
  readonly embedded?: EmbeddedFiles;
  /** Called while a network's bytes come in. */
  readonly onProgress?: (progress: LoadProgress) => void;
}

/**
 * A runtime in a browser.
 *
 * @category Runtime
 */
export interface WebRuntime extends Runtime {
  /**
   * Starts the device ahead of the first network, and says what it is: where it runs, with how many threads, and
   * whether networks in float16 can run on it. ONNX Runtime's WebAssembly comes in from then on, beside whatever the page fetches.
   *
   * @throws RUNTIME_UNAVAILABLE
   */
  open(): Promise<HostDescription>;
  /**
   * Addresses of what was fetched where the runtime runs, scripts, WebAssembly and networks: a page that is to work offline keeps them.
   *
   * @throws RUNTIME_UNAVAILABLE
   */
  files(): Promise<readonly string[]>;
  /** Bytes that tensors hold on the graphics device; networks' weights not counted. 0 on the processor. */
  memory(): Promise<number>;
}

/**
 * Runs networks with ONNX Runtime in a browser, on WebGPU or in WebAssembly, and tensor arithmetic on the same device:
 * nothing comes back to the page until numbers are read.
 *
 * Everything is asked for in order and happens in a worker. The device is requested with the first network.
 *
 * @throws OPTION_INVALID when an option is out of its range.
 *
 * @example
 * await using runtime = webRuntime();
 * const { device } = await runtime.open(); // 'webgpu' or 'wasm'
 * @category Runtime
 */
export function webRuntime(options: WebRuntimeOptions = {}): WebRuntime {
  const { device = 'auto', threads, worker = true, assets, embedded } = options;
  if (!['auto', 'webgpu', 'wasm'].includes(device)) {
    throw new GuidanceError('OPTION_INVALID', `device is '${device}'; it must be 'auto', 'webgpu' or 'wasm'.`, {
      option: 'device',
      value: device,
    });
  }
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1 || threads > 1024)) {
    throw new GuidanceError('OPTION_INVALID', `threads is ${threads}; it must be a whole number from 1 to 1024.`, {
      option: 'threads',
      value: threads,
    });
  }
  if (embedded && (!worker || assets !== undefined)) {
    const option = worker ? 'assets' : 'worker';
    throw new GuidanceError(
      'OPTION_INVALID',
      `embedded files hold a worker and its WebAssembly, so ${worker ? 'no folder of assets is read' : 'worker cannot be false'}. Leave out ${option} or embedded.`,
      { option, value: options[option] },
    );
  }
  // A page with a worker need not carry what the worker does.
  const connect = async (): Promise<Way> =>
    worker
      ? startWorker(device, embedded)
      : { connection: (await import('./client/connect-here.js')).connectHere(), device };
  // Workers may lie elsewhere than the page, which relative addresses are meant from.
  const folder = assets && new URL(assets.replace(/\/?$/, '/'), globalThis.location?.href).href;
  return new BrowserRuntime(new HostLink(connect, { threads, assets: folder }), options.onProgress);
}

class BrowserRuntime implements WebRuntime {
  readonly name = 'onnxruntime-web';
  readonly #link: HostLink;
  readonly #onProgress: ((progress: LoadProgress) => void) | undefined;
  #lastOps = 0;

  constructor(link: HostLink, onProgress: ((progress: LoadProgress) => void) | undefined) {
    this.#link = link;
    this.#onProgress = onProgress;
  }

  get sessionMilliseconds(): number {
    return this.#link.milliseconds;
  }

  open(): Promise<HostDescription> {
    return this.#link.open();
  }

  async float16(): Promise<boolean> {
    return (await this.open()).float16;
  }

  files(): Promise<readonly string[]> {
    return this.#link.ask({ kind: 'files' });
  }

  memory(): Promise<number> {
    return this.#link.ask({ kind: 'memory' });
  }

  createOps(): TensorOps {
    if (this.#link.closed) {
      throw new GuidanceError('DISPOSED', 'The runtime was used after it was disposed. Make a new one.');
    }
    return new RecordedOps(++this.#lastOps, this.#link);
  }

  async loadGraph({ name, location }: GraphSource): Promise<WebGraph> {
    const url = new URL(location, globalThis.location?.href).href;
    const loaded = await this.#link.ask({ kind: 'load', name, location: url }, this.#onProgress);
    return new WebGraph(name, loaded, this.#link);
  }

  read(tensor: Tensor): Promise<Float32Array> {
    return this.#link.ask({ kind: 'read', tensor: (tensor as RecordedTensor).id });
  }

  dispose(): Promise<void> {
    return this.#link.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }
}
