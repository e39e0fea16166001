// A page as a user would write it: draws one picture and leaves it where the test finds it.
import { httpFolder, openBundle } from '@sega/bundle';
import { Run, scale } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';

const asked = new URLSearchParams(location.search);

async function draw() {
  const runtime = webRuntime({ device: asked.get('device'), worker: asked.get('in') !== 'the page' });
  const model = await loadStableDiffusion(await openBundle(httpFolder('/model')), { runtime });
  const steps = Number(asked.get('steps') ?? 2);
  const run = new Run(model, 'a portrait of a king', { steps, seed: 5, guidance: [scale(5)] });
  for await (const { step } of run) globalThis.step = step.index;
  const { images } = await run.result();
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
