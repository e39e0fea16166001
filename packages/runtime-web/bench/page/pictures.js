import { httpFolder, openBundle } from '@sega/bundle';
import { generate } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { median, speedup } from '../../../../bench/statistics.mjs';
import { loadPlain } from './plain-loop.js';
import { guidanceOf, isSoftware, nameOf, PROMPT, paceOf, TEXTS } from './settings.js';

/**
 * Whole pictures, ours and the plain loop's in turns, from the same graphs, encoded texts and seeds: ours must be as fast without
 * concepts and faster with some.
 */
export async function benchPictures(device) {
  const bundle = await openBundle(httpFolder('/stable-diffusion'));
  const runtime = webRuntime({ device });
  const model = await loadStableDiffusion(bundle, { runtime });
  const plain = await loadPlain(bundle, device);
  const { steps, rounds } = await paceOf(device);
  const hasTarget = device === 'wasm' || !(await isSoftware());
  try {
    for (const concepts of [0, 4]) {
      const guidance = guidanceOf(concepts);
      const texts = await plain.encode(['', PROMPT, ...TEXTS.slice(0, concepts)]);
      const ours = async (seed) =>
        (await generate(model, PROMPT, { guidance, steps, sampler: 'ddim', seed })).images[0].data;
      const theirs = (seed) => plain.draw(texts, concepts, steps, seed);
      const once = (seed) => plain.draw(texts, concepts, steps, seed, { isOnce: true });
      const pictures = [];
      for (const way of [ours, theirs, once]) pictures.push(await way(0));
      const spent = { ours: [], theirs: [], once: [] };
      for (let round = 1; round <= rounds; round++) {
        spent.ours.push(await timed(() => ours(round)));
        spent.theirs.push(await timed(() => theirs(round)));
        spent.once.push(await timed(() => once(round)));
      }
      const target = hasTarget ? 1 : undefined;
      await print(`Pictures on ${await nameOf(device)}, ${concepts} concepts, ${steps} steps`);
      await print(`  ours ${perSecond(spent.ours)} pictures/s, plain loop ${perSecond(spent.theirs)} pictures/s`);
      await print(`  plain ÷ ours: ${speedup(spent.theirs, spent.ours, target, concepts > 0)}`);
      await print(`  plain, fed each picture once, ÷ ours: ${speedup(spent.once, spent.ours)}`);
      await print(`  largest difference of their pictures: ${largestDifference(pictures)} of 255`);
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

function largestDifference([first, ...others]) {
  return Math.max(...others.flatMap((other) => Array.from(first, (value, i) => Math.abs(value - other[i]))));
}
