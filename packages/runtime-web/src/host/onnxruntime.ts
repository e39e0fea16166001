import { GuidanceError } from '@sega/guidance';
import type * as OnnxRuntime from 'onnxruntime-web';
import type { HostOptions } from '../protocol.js';

/** ONNX Runtime's interface; tensors of one build are strangers to another. @internal */
export type Ort = typeof OnnxRuntime;

/** More threads than this gain small networks nothing. */
const MOST_THREADS = 8;

/** A build of ONNX Runtime. @internal */
export interface OrtBuild {
  readonly ort: Ort;
  /** Name of the file its WebAssembly lies in. */
  readonly wasm: string;
}

/** Gives the build for a device, or the only one there is. @internal */
export type LoadOrt = (device: 'webgpu' | 'wasm') => Promise<OrtBuild>;

/** @internal */
export const WEBGPU_FILE = 'ort-wasm-simd-threaded.asyncify.wasm';
/** @internal */
export const WASM_FILE = 'ort-wasm-simd-threaded.wasm';

/** The builds of ONNX Runtime as parts of the page's own script. @internal */
export const loadFromPage: LoadOrt = async (device) =>
  device === 'webgpu'
    ? { ort: await import('onnxruntime-web/webgpu'), wasm: WEBGPU_FILE }
    : { ort: await import('onnxruntime-web/wasm'), wasm: WASM_FILE };

/** Threads networks may use: more than one only where the page may share memory between them. @internal */
export function threadsOf(asked: number | undefined): number {
  if (!globalThis.crossOriginIsolated) return 1;
  return asked ?? Math.min(MOST_THREADS, navigator.hardwareConcurrency ?? 1);
}

/**
 * ONNX Runtime, set up.
 *
 * @param places - Where its WebAssembly lies. Default: where the bundler put it.
 * @throws RUNTIME_UNAVAILABLE
 * @internal
 */
export async function openOnnxRuntime(
  load: () => Promise<OrtBuild>,
  threads: number,
  places: Pick<HostOptions, 'assets' | 'wasm'>,
): Promise<Ort> {
  try {
    const { ort, wasm } = await load();
    ort.env.wasm.numThreads = threads;
    // Errors arrive as messages; ONNX Runtime need not print them too.
    ort.env.logLevel = 'fatal';
    const address = places.wasm ?? (places.assets && new URL(wasm, places.assets).href);
    if (address) ort.env.wasm.wasmPaths = { wasm: address };
    return ort;
  } catch (cause) {
    throw new GuidanceError(
      'RUNTIME_UNAVAILABLE',
      `onnxruntime-web could not be loaded: ${(cause as Error).message} Publish its scripts with the page.`,
      {},
      { cause },
    );
  }
}

/** What is said where memory ends; an overflow, where a tensor needs more than 32-bit addresses reach. */
const NO_MEMORY =
  /bad_alloc|out of memory|failed to allocate|allocation failed|Array buffer allocation|memory\.grow|SafeIntOnOverflow/i;

/** What ONNX Runtime said while it failed, as an error with a code. @internal */
export function ortError(code: 'GRAPH_LOAD' | 'GRAPH_RUN', name: string, cause: unknown): GuidanceError {
  if (GuidanceError.isInstance(cause)) return cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (NO_MEMORY.test(message)) return outOfMemory(name, message, cause);
  if (/no available backend|\.wasm\b|both async and sync fetching/i.test(message)) {
    return new GuidanceError(
      'RUNTIME_UNAVAILABLE',
      `ONNX Runtime's WebAssembly could not be started: ${message} Publish its .wasm files with the page, name their folder as \`assets\`, and allow 'wasm-unsafe-eval' if the page has a content security policy.`,
      { graph: name },
      { cause },
    );
  }
  if (/requires f16|shader-f16/i.test(message)) {
    return new GuidanceError(
      'RUNTIME_UNAVAILABLE',
      `${name} computes in float16, which this graphics device cannot. Use the bundle in float32, or device 'wasm'.`,
      { graph: name, feature: 'shader-f16' },
      { cause },
    );
  }
  const what =
    code === 'GRAPH_LOAD'
      ? 'could not be loaded. It is truncated or no ONNX model. Publish it again.'
      : 'failed while running:';
  return new GuidanceError(code, `${name} ${what} (${message})`, { graph: name }, { cause });
}

/** @internal */
export function outOfMemory(name: string, message: string, cause?: unknown): GuidanceError {
  return new GuidanceError(
    'OUT_OF_MEMORY',
    `${name} ran out of memory (${message}). Make fewer or smaller pictures at once, set a smaller maxRows, or close other tabs; then load the model again.`,
    { graph: name },
    cause === undefined ? undefined : { cause },
  );
}
