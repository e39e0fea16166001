// A page as a user would write it: draws one picture and leaves it where the test finds it.
import { httpFolder, openBundle } from '@sega/bundle';
import { generate, scale } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';

const device = new URLSearchParams(location.search).get('device');

async function draw() {
  const runtime = webRuntime({ device });
  const model = await loadStableDiffusion(await openBundle(httpFolder('/model')), { runtime });
  const { images } = await generate(model, 'a portrait of a king', { steps: 2, seed: 5, guidance: [scale(5)] });
  return { ...(await runtime.open()), picture: [...images[0].data] };
}

draw().then(
  (outcome) => {
    globalThis.outcome = outcome;
  },
  (error) => {
    globalThis.outcome = { error: `${error.code}: ${error.stack}` };
  },
);
