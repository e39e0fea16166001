import { httpFolder, openBundle } from '@sega/bundle';
import { generate } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { median, speedup } from '../../../../bench/statistics.mjs';
import { loadPlain } from './plain-loop.js';
import { guidanceOf, PROMPT, ROUNDS, STEPS, TEXTS } from './settings.js';

/** Whole pictures, ours and the plain loop's in turns, from the same graphs, encoded texts and seeds. */
export async function benchPictures(device) {
  const bundle = await openBundle(httpFolder('/stable-diffusion'));
  const runtime = webRuntime({ device });
  const model = await loadStableDiffusion(bundle, { runtime });
  const plain = await loadPlain(bundle, device);
  const steps = STEPS[device];
  try {
    for (const concepts of [0, 4]) {
      const hidden = await plain.encode(['', PROMPT, ...TEXTS.slice(0, concepts)]);
      const ours = (seed) => generate(model, PROMPT, { guidance: guidanceOf(concepts), steps, sampler: 'ddim', seed });
      const theirs = (seed) => plain.draw(hidden, concepts, steps, seed);
      const [first, same] = [(await ours(0)).images[0].data, await theirs(0)];
      const spent = { ours: [], plain: [] };
      for (let round = 1; round <= ROUNDS[device]; round++) {
        spent.ours.push(await timed(() => ours(round)));
        spent.plain.push(await timed(() => theirs(round)));
      }
      const difference = first.reduce((largest, value, i) => Math.max(largest, Math.abs(value - same[i])), 0);
      await print(`Pictures on ${device}, ${concepts} concepts, ${steps} steps`);
      await print(`  ours ${perSecond(spent.ours)} pictures/s, plain loop ${perSecond(spent.plain)} pictures/s`);
      await print(`  plain ÷ ours: ${speedup(spent.plain, spent.ours, 1)}`);
      await print(`  largest difference of the two's pictures: ${difference} of 255`);
    }
  } finally {
    await plain.dispose();
    await model.dispose();
    await runtime.dispose();
  }
}

async function timed(call) {
  const start = performance.now();
  await call();
  return performance.now() - start;
}

function perSecond(times) {
  return (1000 / median(times)).toFixed(2);
}
