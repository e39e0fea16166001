// The same module on the server and in the browser, as frameworks such as Next and Nuxt load it in both: importing the
// packages touches nothing that only a browser has. In Next this file begins with 'use client'.
import { httpFiles, openBundle } from '@sega/bundle';
import { generate, scale, semantic, toward } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';

/** What the server sends. */
export function render() {
  return '<button>Draw a king with glasses</button><canvas width="64" height="64"></canvas><p role="status"></p>';
}

/** What the browser adds. Runtime and model are made at the first click, never while a module loads. */
export function hydrate(root, addresses) {
  let model;
  const [button, canvas, status] = ['button', 'canvas', 'p'].map((name) => root.querySelector(name));
  button.addEventListener('click', async () => {
    try {
      model ??= load(addresses);
      const { concept } = (await model).defaults;
      const guidance = [scale(3.5), semantic([toward('glasses, wearing glasses', concept)])];
      const { images } = await generate(await model, 'a portrait of a king', { guidance, seed: 21 });
      const [{ width, height, data }] = images;
      const pixels = new ImageData(width, height);
      for (let i = 0; i < width * height; i++) pixels.data.set([...data.subarray(3 * i, 3 * i + 3), 255], 4 * i);
      canvas.getContext('2d').putImageData(pixels, 0, 0);
      status.textContent = 'Drawn.';
    } catch (error) {
      model = undefined;
      status.textContent = `${error.code}: ${error.message}`;
    }
  });
}

async function load(addresses) {
  return loadStableDiffusion(await openBundle(httpFiles(addresses)), { runtime: webRuntime() });
}
