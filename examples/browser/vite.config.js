import { defineConfig } from 'vite';

// Pages that are isolated so may compute with several threads.
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

export default defineConfig({
  base: './',
  // Any folder a server publishes will do: here, the models in the box.
  publicDir: '../../packages/tiny-faces/bundle',
  server: { headers },
  worker: { format: 'es' },
  build: { rolldownOptions: { input: ['index.html', 'worker.html'] } },
});
