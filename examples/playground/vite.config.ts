import { defineConfig } from 'vite';
import manifest from './package.json' with { type: 'json' };

// Pages that are isolated so may compute with several threads.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

/** Fixed, since a page registers it by this name. */
const SERVICE_WORKER = 'service-worker';

export default defineConfig({
  // Published in any folder of any server.
  base: './',
  // The models lie beside the page, each in its folder.
  publicDir: '../../packages/tiny-faces/bundle',
  define: { __VERSION__: JSON.stringify(manifest.version) },
  server: { headers },
  preview: { headers },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: 'index.html', [SERVICE_WORKER]: 'src/offline/service-worker.ts' },
      output: {
        entryFileNames: ({ name }) => (name === SERVICE_WORKER ? '[name].js' : 'assets/[name]-[hash].js'),
      },
    },
  },
});
