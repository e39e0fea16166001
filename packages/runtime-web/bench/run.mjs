// Measures the browser runtime in one page of headless Chromium, each pair of figures in turns.
//
//   npm run bench:web                     everything
//   npm run bench:web -- denoising        time outside the networks; `kernels` for guidance on the device against reading
//                                         predictions back; `pictures` for whole pictures against a plain loop
//
// SEGA_DEVICES names where (default: wasm,webgpu; without a graphics card WebGPU is drawn in software, in seconds for a step).
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { argv, env } from 'node:process';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { build, preview } from 'vite';
import { CHROMIUM_FLAGS, findChromium } from '../../../scripts/chromium.mjs';

const PARTS = ['denoising', 'kernels', 'pictures'];
const wanted = argv.slice(2);
const devices = (env.SEGA_DEVICES ?? 'wasm,webgpu').split(',');
const at = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = await mkdtemp(join(tmpdir(), 'sega-bench-'));
const isolated = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const site = {
  root: at('page'),
  publicDir: at('../../tiny-faces/bundle'),
  configFile: false,
  logLevel: 'error',
  build: { outDir: out, emptyOutDir: true, target: 'esnext' },
  preview: { port: 0, host: '127.0.0.1', headers: isolated },
};

await build(site);
const server = await preview(site);
const executablePath = findChromium();
const browser = await chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) });
try {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  page.on('pageerror', (error) => console.error(error));
  await page.exposeFunction('print', (line) => console.log(line));
  await page.goto(server.resolvedUrls.local[0]);
  await page.waitForFunction(() => globalThis.bench);
  const [load] = loadavg();
  console.log(
    `Chromium ${browser.version()}, ${await page.evaluate(() => globalThis.describe())}, load ${load.toFixed(1)}`,
  );
  if (load > 0.5)
    console.log('The machine was busy with other work: read the ratios, and measure again when it is idle.');
  if (devices.includes('webgpu') && (await page.evaluate(() => globalThis.isSoftware()))) {
    console.log('WebGPU is drawn in software here: its figures say nothing of a graphics card, and no target is held.');
  }
  for (const part of PARTS.filter((name) => wanted.length === 0 || wanted.includes(name))) {
    for (const device of devices) await page.evaluate(([name, on]) => globalThis.bench[name](on), [part, device]);
  }
} finally {
  await browser.close();
  await server.close();
  await rm(out, { recursive: true });
}
