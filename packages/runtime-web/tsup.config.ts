import { copyFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { defineConfig, type Options } from 'tsup';
import { defineBuild } from '../../tsup.config.ts';

const onnxruntime = dirname(createRequire(import.meta.url).resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm'));

/**
 * What the workers ask for by address: WebAssembly; scripts of the threads it starts, where webpack built the page; and what
 * starts it, where the workers come from another server.
 */
const FILES = [
  'ort-wasm-simd-threaded.asyncify.mjs',
  'ort-wasm-simd-threaded.asyncify.wasm',
  'ort-wasm-simd-threaded.mjs',
  'ort-wasm-simd-threaded.wasm',
  'ort.wasm.bundle.min.mjs',
  'ort.webgpu.bundle.min.mjs',
];

await rm('dist', { recursive: true, force: true });

export default defineConfig([
  defineBuild({ target: 'es2022', shims: true, clean: false }) as Options,
  // Workers cannot use a page's import map, and bundlers look for WebAssembly beside the script that names it: they hold
  // all they need.
  defineBuild({
    entry: ['src/worker-webgpu.ts', 'src/worker-wasm.ts'],
    target: 'es2022',
    format: ['esm'],
    dts: false,
    clean: false,
    splitting: false,
    noExternal: [/.*/],
    onSuccess: async () => {
      for (const name of FILES) await copyFile(join(onnxruntime, name), join('dist', name));
    },
  }) as Options,
]);
