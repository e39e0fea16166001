import { wasm, worker } from './embedded-files.js';
import type { EmbeddedFiles } from './unpack-embedded.js';

/**
 * The files of a runtime as part of the page's own script, 9 MB of it: the worker and ONNX Runtime's WebAssembly, for WebGPU and
 * processor alike. For pages whose bundler publishes no files beside its scripts (esbuild), and for those that are a single file.
 *
 * A policy for the page's contents must allow `worker-src blob:` and `connect-src blob:`.
 *
 * @example
 * import { webRuntime } from '@sega/runtime-web';
 * import { embedded } from '@sega/runtime-web/embedded';
 *
 * await using runtime = webRuntime({ embedded });
 * @category Runtime
 */
export const embedded: EmbeddedFiles = { worker, wasm };
