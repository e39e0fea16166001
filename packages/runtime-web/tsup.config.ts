import { copyFile, readFile, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
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

const packed = async (bytes: Uint8Array): Promise<string> =>
  (await promisify(gzip)(bytes, { level: 9 })).toString('base64');

/** The module `embedded-files`: a worker for both devices, and its WebAssembly. */
const embedFiles: Plugin = {
  name: 'embed-files',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /\/embedded-files\.js$/ }, () => ({ path: 'embedded-files', namespace: 'embedded' }));
    onLoad({ filter: /^/, namespace: 'embedded' }, async () => {
      const { outputFiles } = await build({
        entryPoints: ['src/worker-webgpu.ts'],
        bundle: true,
        minify: true,
        write: false,
        format: 'esm',
        target: 'es2022',
      });
      const worker = await packed(outputFiles[0]!.contents);
      const wasm = await packed(await readFile(join(onnxruntime, 'ort-wasm-simd-threaded.asyncify.wasm')));
      return { contents: `export const worker = '${worker}', wasm = '${wasm}';` };
    });
  },
};

await rm('dist', { recursive: true, force: true });

export default defineConfig([
  defineBuild({ target: 'es2022', shims: true, clean: false }) as Options,
  defineBuild({
    entry: ['src/embedded.ts'],
    target: 'es2022',
    format: ['esm'],
    clean: false,
    sourcemap: false,
    esbuildPlugins: [embedFiles],
  }) as Options,
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
