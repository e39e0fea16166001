import { GuidanceError } from '@sega/guidance';
import type { HostOptions } from '../protocol.js';
import type { Engine } from './engine.js';
import { GpuEngine, requestDevice } from './gpu-engine.js';
import { type LoadOrt, type Ort, openOnnxRuntime, threadsOf } from './onnxruntime.js';
import { WasmEngine } from './wasm-engine.js';

/** The engine asked for; 'auto' is WebGPU where there is a device, else WebAssembly. @throws RUNTIME_UNAVAILABLE @internal */
export async function openEngine(options: HostOptions, loadOrt: LoadOrt): Promise<Engine> {
  const { device } = options;
  const threads = threadsOf(options.threads);
  const open = (build: 'webgpu' | 'wasm'): Promise<Ort> => openOnnxRuntime(() => loadOrt(build), threads, options);
  if (device !== 'wasm') {
    const gpu = await requestDevice();
    if (gpu) return new GpuEngine(await open('webgpu'), gpu, threads);
    if (device === 'webgpu') throw noWebGpu();
  }
  return new WasmEngine(await open('wasm'), threads);
}

function noWebGpu(): GuidanceError {
  const reason = navigator.gpu
    ? 'it offers no graphics device: its graphics may be blocked or switched off'
    : globalThis.isSecureContext
      ? 'it has no WebGPU'
      : 'pages have WebGPU only on https or localhost';
  return new GuidanceError(
    'RUNTIME_UNAVAILABLE',
    `device is 'webgpu', which this browser does not offer here: ${reason}. A runtime made without naming a device falls back to WebAssembly.`,
    { device: 'webgpu' },
  );
}
