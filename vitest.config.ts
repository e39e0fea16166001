import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig } from 'vitest/config';
import type { BrowserCommand } from 'vitest/node';
import { CHROMIUM_FLAGS, findChromium } from './scripts/chromium.mjs';
import { SOURCES } from './scripts/sources.mjs';

const root = fileURLToPath(new URL('.', import.meta.url));

const node = (name: string, include: string[]) => ({
  resolve: { alias: SOURCES },
  test: { name, include, environment: 'node' as const, testTimeout: 60_000 },
});

const executablePath = findChromium();

/** Calls a function of the sources in Node, for a test in the browser. */
const inNode =
  (file: string, name: string): BrowserCommand<unknown[]> =>
  async ({ project }, ...parameters) =>
    (await project.vite.ssrLoadModule(`${root}${file}`))[name](...parameters);

/** Tests in headless Chromium, on a page that may share memory between threads. */
const browser = (name: string, include: string[]) => ({
  resolve: { alias: SOURCES },
  // ONNX Runtime finds its WebAssembly beside itself, where a bundled copy would not look.
  optimizeDeps: {
    exclude: ['onnxruntime-web'],
    include: ['fast-check', '@sega/bundle > @huggingface/tokenizers', '@sega/deepfloyd-if > entities/decode'],
  },
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  test: {
    name,
    include,
    testTimeout: 120_000,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      commands: { drawOnNode: inNode('test/web/draw-on-node.ts', 'drawOnNode') },
      instances: [{ browser: 'chromium' as const }],
      provider: playwright({
        launchOptions: { args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) },
      }),
    },
  },
});

export default defineConfig({
  test: {
    projects: [
      node('guidance', ['packages/guidance/test/**/*.test.ts']),
      node('packages', ['packages/{samplers,bundle,safety,runtime-node,tiny-faces,evaluation,cli}/test/**/*.test.ts']),
      node('adapters', ['adapters/*/test/**/*.test.ts']),
      node('workspace', ['test/*.test.ts']),
      node('bundlers', ['test/bundlers/*.test.ts']),
      node('playground', ['test/playground/**/*.test.ts']),
      browser('web', ['packages/runtime-web/test/**/*.test.ts', 'test/web/**/*.test.ts']),
    ],
  },
});
