import { copyFile, cp, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as esbuild } from 'esbuild';
import { build as vite } from 'vite';
import webpack from 'webpack';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));
const page = (body: string): string => `<!doctype html><link rel="icon" href="data:,">${body}`;

/** Ways to publish the page of an app, each from its folder into an empty one. */
export const WAYS: Readonly<Record<string, (app: string, out: string) => Promise<unknown>>> = {
  Vite: (app, out) =>
    vite({ root: app, configFile: false, logLevel: 'error', build: { outDir: out, emptyOutDir: true } }),
  webpack: async (app, out) => {
    await new Promise<void>((resolve, reject) => {
      webpack({ mode: 'production', context: app, entry: './main.js', output: { path: out } }, (error, stats) => {
        if (error ?? stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
        else resolve();
      });
    });
    await writeFile(join(out, 'index.html'), page('<script type="module" src="./main.js"></script>'));
  },
  // It publishes neither workers nor WebAssembly: those are copied beside the script.
  esbuild: async (app, out) => {
    await publishScript(app, out);
    await copyRuntime(out);
    await cp(join(root, 'packages/tiny-faces/bundle'), join(out, 'bundle'), { recursive: true });
  },
  'a plain script': (app, out) => publishPlain(app, out, ''),
};

/** Where a server of this repository's folders has the packages a page imports. */
const MODULES: Readonly<Record<string, string>> = {
  '@huggingface/tokenizers': '/modules/@huggingface/tokenizers/dist/tokenizers.min.mjs',
  '@sega/bundle': '/packages/bundle/dist/index.js',
  '@sega/bundle/adapter': '/packages/bundle/dist/adapter.js',
  '@sega/bundle/node': '/packages/bundle/dist/node-browser.js',
  '@sega/guidance': '/packages/guidance/dist/index.js',
  '@sega/guidance/runtime-kit': '/packages/guidance/dist/runtime-kit.js',
  '@sega/guidance/simd': '/packages/guidance/dist/simd.js',
  '@sega/runtime-web': '/packages/runtime-web/dist/index.js',
  '@sega/samplers': '/packages/samplers/dist/index.js',
  '@sega/tiny-faces/web': '/packages/tiny-faces/dist/web.js',
  '@sega/stable-diffusion': '/adapters/stable-diffusion/dist/index.js',
};

/** What such a server needs to have beside the page. */
export const SERVED: Readonly<Record<string, string>> = {
  packages: join(root, 'packages'),
  adapters: join(root, 'adapters'),
  modules: join(root, 'packages/bundle/node_modules'),
};

/** A page bundled by esbuild into one script, and nothing beside it. */
export async function publishScript(app: string, out: string): Promise<void> {
  // Not with this repository's paths, which lead to the sources.
  const options = { bundle: true, format: 'esm', logLevel: 'error', tsconfigRaw: '{}' } as const;
  await esbuild({ ...options, entryPoints: [join(app, 'main.js')], outdir: out });
  await writeFile(join(out, 'index.html'), page('<script type="module" src="./main.js"></script>'));
}

/** A page without a bundler, whose packages come from `server`: its own where that is empty. */
export async function publishPlain(app: string, out: string, server: string): Promise<void> {
  const imports = Object.fromEntries(Object.entries(MODULES).map(([name, path]) => [name, `${server}${path}`]));
  await cp(app, out, { recursive: true });
  const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
  await writeFile(join(out, 'index.html'), page(`${map}<script type="module" src="./main.js"></script>`));
}

async function copyRuntime(out: string): Promise<void> {
  const dist = join(root, 'packages/runtime-web/dist');
  const files = (await readdir(dist)).filter((file) => /^worker-.*\.js$|\.wasm$/.test(file));
  for (const file of files) await copyFile(join(dist, file), join(out, file));
}
