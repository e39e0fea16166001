import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import manifest from './package.json' with { type: 'json' };
import { MODELS } from './src/models/models.ts';

// Pages that are isolated so may compute with several threads.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Fixed, since a page registers it by this name. */
const SERVICE_WORKER = 'service-worker';

const BUNDLES = fileURLToPath(new URL('../../packages/tiny-faces/bundle', import.meta.url));

/** Of the bundles in the box, only those that can be picked. */
const publishModels: Plugin = {
  name: 'publish-models',
  apply: 'build',
  writeBundle: async ({ dir }) => {
    await Promise.all(
      MODELS.map(({ address }) => cp(join(BUNDLES, address), join(dir!, address), { recursive: true })),
    );
  },
};

export default defineConfig({
  // Published in any folder of any server.
  base: './',
  // The models lie beside the page, each in its folder.
  publicDir: BUNDLES,
  plugins: [publishModels],
  define: { __VERSION__: JSON.stringify(manifest.version) },
  server: { headers },
  preview: { headers },
  build: {
    target: 'es2022',
    copyPublicDir: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', [SERVICE_WORKER]: 'src/offline/service-worker.ts' },
      output: {
        entryFileNames: ({ name }) => (name === SERVICE_WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
