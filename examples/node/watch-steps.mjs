// Follows a run step by step: a preview of the picture foreseen, and how strongly guidance pulls. Stops half-way.
import { generate, Run, scale, semantic, toward } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';

const runtime = nodeRuntime();
const model = await loadStableDiffusion(stableDiffusion, { runtime });
const guidance = [scale(3.5), semantic([toward('glasses, wearing glasses', model.defaults.concept)])];

const run = new Run(model, 'a portrait of a king', { guidance, seed: 7 });
for await (const one of run) {
  const [preview] = await one.preview();
  const direction = await one.direction();
  const strength = Math.sqrt(direction.reduce((sum, value) => sum + value * value, 0) / direction.length);
  console.log(
    `step ${one.step.index + 1}/${run.steps}  ${preview.width}×${preview.height}  |direction| ${strength.toFixed(2)}`,
  );
}
console.log((await run.result()).evaluations);

const stop = new AbortController();
const aborted = generate(model, 'a portrait of a king', { signal: stop.signal }).catch((error) => error.code);
setTimeout(() => stop.abort(), 20);
console.log(await aborted);
await model.dispose();
await runtime.dispose();
