import { httpFolder, openBundle } from '@sega/bundle';
import { Run, scale } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';

const asked = new URLSearchParams(location.search);

async function draw(options) {
  const runtime = webRuntime({ device: asked.get('device'), ...options });
  const model = await loadStableDiffusion(await openBundle(httpFolder('/model')), { runtime });
  const steps = Number(asked.get('steps') ?? 2);
  const run = new Run(model, 'a portrait of a king', { steps, seed: 5, guidance: [scale(5)] });
  for await (const { step } of run) globalThis.step = step.index;
  const { images } = await run.result();
  return { ...(await runtime.open()), picture: [...images[0].data] };
}

/** Draws one picture and leaves it where the test finds it. */
export function drawForTest(options) {
  draw(options).then(
    (outcome) => {
      globalThis.outcome = outcome;
    },
    (error) => {
      globalThis.outcome = { error: `${error.code}: ${error.stack}` };
    },
  );
}
