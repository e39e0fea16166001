import { connectWorker } from './client/connection.js';
import type { Way } from './client/host-link.js';
import type { DeviceChoice } from './protocol.js';
import { type EmbeddedFiles, unpackEmbedded } from './unpack-embedded.js';

/**
 * Starts the worker for a device. Each carries one build of ONNX Runtime: that for WebGPU is twice the size and can do
 * both.
 *
 * @internal
 */
export async function startWorker(device: DeviceChoice, embedded: EmbeddedFiles | undefined): Promise<Way> {
  if (embedded) return startEmbedded(device, embedded);
  if (await wantsWebGpu(device)) return { connection: connectWorker(startWebGpu()), device };
  return { connection: connectWorker(startWasm()), device: 'wasm' };
}

async function startEmbedded(device: DeviceChoice, embedded: EmbeddedFiles): Promise<Way> {
  const files = await unpackEmbedded(embedded);
  const { ask, end } = connectWorker(new Worker(files.worker, { type: 'module' }));
  const endAll = (): void => {
    end();
    files[Symbol.dispose]();
  };
  return { connection: { ask, end: endAll }, device, wasm: files.wasm };
}

async function wantsWebGpu(device: DeviceChoice): Promise<boolean> {
  if (device !== 'auto') return device === 'webgpu';
  return Boolean(await navigator.gpu?.requestAdapter().catch(() => null));
}

// Bundlers find a worker's script by just these words.
function startWebGpu(): Worker {
  try {
    return new Worker(new URL('./worker-webgpu.js', import.meta.url), { type: 'module' });
  } catch {
    return startForeign('worker-webgpu.js');
  }
}

function startWasm(): Worker {
  try {
    return new Worker(new URL('./worker-wasm.js', import.meta.url), { type: 'module' });
  } catch {
    return startForeign('worker-wasm.js');
  }
}

/** A worker's script must be of the page's own server, but may import one that is not. */
function startForeign(name: string): Worker {
  const script = new URL(name, import.meta.url).href;
  const address = URL.createObjectURL(new Blob([`import ${JSON.stringify(script)};`], { type: 'text/javascript' }));
  return new Worker(address, { type: 'module' });
}
