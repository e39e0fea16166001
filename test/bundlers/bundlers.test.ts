import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { generate, scale } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { build as esbuild } from 'esbuild';
import { type Browser, chromium } from 'playwright';
import { build as vite } from 'vite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import webpack from 'webpack';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { serveFolders } from './static-server.js';

const MINUTES = 10 * 60_000;
const root = fileURLToPath(new URL('../..', import.meta.url));
const app = join(root, 'test/bundlers/app');
const model = join(root, 'adapters/stable-diffusion/test/fixtures/random-diffusion');
const page = (body: string): string => `<!doctype html><link rel="icon" href="data:,">${body}`;

/** Ways to publish the page, each into an empty folder. */
const WAYS: Readonly<Record<string, (out: string) => Promise<unknown>>> = {
  Vite: (out) => vite({ root: app, configFile: false, logLevel: 'error', build: { outDir: out, emptyOutDir: true } }),
  webpack: async (out) => {
    await new Promise<void>((resolve, reject) => {
      webpack({ mode: 'production', context: app, entry: './main.js', output: { path: out } }, (error, stats) => {
        if (error ?? stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
        else resolve();
      });
    });
    await writeFile(join(out, 'index.html'), page('<script type="module" src="./main.js"></script>'));
  },
  // It bundles neither workers nor WebAssembly: those are copied beside the script.
  esbuild: async (out) => {
    // Not with this repository's paths, which lead to the sources.
    const options = { bundle: true, format: 'esm', logLevel: 'error', tsconfigRaw: '{}' } as const;
    await esbuild({ ...options, entryPoints: [join(app, 'main.js')], outdir: out });
    await copyRuntime(out);
    await writeFile(join(out, 'index.html'), page('<script type="module" src="./main.js"></script>'));
  },
  'a plain script': async (out) => {
    const imports = {
      '@huggingface/tokenizers': '/modules/@huggingface/tokenizers/dist/tokenizers.min.mjs',
      '@sega/bundle': '/packages/bundle/dist/index.js',
      '@sega/bundle/adapter': '/packages/bundle/dist/adapter.js',
      '@sega/bundle/node': '/packages/bundle/dist/node-browser.js',
      '@sega/guidance': '/packages/guidance/dist/index.js',
      '@sega/guidance/runtime-kit': '/packages/guidance/dist/runtime-kit.js',
      '@sega/guidance/simd': '/packages/guidance/dist/simd.js',
      '@sega/runtime-web': '/packages/runtime-web/dist/index.js',
      '@sega/samplers': '/packages/samplers/dist/index.js',
      '@sega/stable-diffusion': '/adapters/stable-diffusion/dist/index.js',
    };
    await copyFile(join(app, 'main.js'), join(out, 'main.js'));
    const map = `<script type="importmap">${JSON.stringify({ imports })}</script>`;
    await writeFile(join(out, 'index.html'), page(`${map}<script type="module" src="./main.js"></script>`));
  },
};

async function copyRuntime(out: string): Promise<void> {
  const dist = join(root, 'packages/runtime-web/dist');
  const files = (await readdir(dist)).filter((file) => /^worker-.*\.js$|\.wasm$/.test(file));
  for (const file of files) await copyFile(join(dist, file), join(out, file));
}

interface Outcome {
  readonly error?: string;
  readonly device: string;
  readonly threads: number;
  readonly picture: readonly number[];
}

describe('a page with', () => {
  let browser: Browser;
  let expected: Uint8Array;
  let out: string;

  beforeAll(async () => {
    const executablePath = findChromium();
    browser = await chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) });
    out = await mkdtemp(join(tmpdir(), 'sega-page-'));
    await using runtime = nodeRuntime();
    await using own = await loadStableDiffusion(await openBundle(folder(model)), { runtime });
    const { images } = await generate(own, 'a portrait of a king', { steps: 2, seed: 5, guidance: [scale(5)] });
    expected = images[0]!.data;
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await rm(out, { recursive: true });
  });

  it.each(Object.keys(WAYS))('%s draws the picture Node draws', { timeout: MINUTES }, async (way) => {
    await publish(way, await mkdtemp(join(out, `${way.replaceAll(' ', '-')}-`)));
  });

  it('a policy that forbids WebAssembly tells so', { timeout: MINUTES }, async () => {
    const site = await mkdtemp(join(out, 'policy-'));
    await WAYS.esbuild!(site);
    const policy = { 'content-security-policy': "script-src 'self'" };
    await using server = await serveFolders({ '': site, model }, policy);
    expect((await drawn(`${server.address}/index.html?device=wasm`)).error).toMatch(
      /^RUNTIME_UNAVAILABLE.*wasm-unsafe-eval/s,
    );
  });

  it('no worker beside its script tells so', { timeout: MINUTES }, async () => {
    const site = await mkdtemp(join(out, 'without-worker-'));
    await WAYS.esbuild!(site);
    await rm(join(site, 'worker-wasm.js'));
    await using server = await serveFolders({ '': site, model });
    expect((await drawn(`${server.address}/index.html?device=wasm`)).error).toMatch(/^RUNTIME_UNAVAILABLE.*worker/s);
  });

  async function drawn(address: string): Promise<Outcome> {
    const tab = await browser.newPage();
    await tab.goto(address);
    const found = await tab.waitForFunction(() => (globalThis as { outcome?: Outcome }).outcome, undefined, {
      timeout: MINUTES,
    });
    const outcome = (await found.jsonValue())!;
    await tab.close();
    return outcome;
  }

  async function publish(way: string, site: string): Promise<void> {
    await WAYS[way]!(site);
    await using server = await serveFolders({
      '': site,
      model,
      packages: join(root, 'packages'),
      adapters: join(root, 'adapters'),
      modules: join(root, 'packages/bundle/node_modules'),
    });
    for (const device of ['wasm', 'webgpu']) {
      const threads = Math.min(8, availableParallelism());
      const outcome = await drawn(`${server.address}/index.html?device=${device}`);
      expect([way, device, outcome.error]).toEqual([way, device, undefined]);
      expect([outcome.device, outcome.threads]).toEqual([device, threads]);
      const near = outcome.picture.filter((value, i) => Math.abs(value - expected[i]!) <= 2).length;
      expect(near / expected.length).toBeGreaterThanOrEqual(0.999);
    }
  }
});
