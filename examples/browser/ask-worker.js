// The page's side: asks once, and shows every preview and then the picture.
import { show } from './show.js';

const worker = new Worker(new URL('./drawing-worker.js', import.meta.url), { type: 'module' });
worker.addEventListener('message', ({ data: { image, isFinished, problem } }) => {
  if (problem) throw new Error(problem);
  show(image, document.querySelector('canvas'));
  if (isFinished) document.title = 'Drawn';
});
// In a worker, addresses are relative to its script, wherever the bundler put it.
const bundle = new URL('./stable-diffusion', location.href).href;
worker.postMessage({ bundle, prompt: 'a portrait of a king', seed: 25 });
