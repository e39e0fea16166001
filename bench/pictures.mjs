import { away, generate, scale, semantic, toward } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';
import { median, milliseconds, speedup, verdict } from './statistics.mjs';

const PROMPT = 'a portrait of a king';
const STEPS = 25;
const BATCHES = [1, 4];
/** As many as it takes for the fastest rounds of both to be alike from one run of the benchmark to the next. */
const ROUNDS = 15;
/** Pictures drawn one after the other, which is how the share outside the network is measured. */
const IN_A_ROW = 40;
/** A loaded machine may end the rounds early, but not before the third. */
const BUDGET = 120_000;
const SPEED_TARGET = 2;
const OUTSIDE_TARGET = 0.05;

const CONCEPT = { scale: 6, threshold: 0.9, warmup: 3 };
const GUIDANCE = [
  scale(3.5),
  semantic([away('male', CONCEPT), toward('female', CONCEPT)], { momentum: { scale: 0.1, beta: 0.4 } }),
];
/** The same as arguments of diffusers' pipeline. */
const SETTINGS = {
  num_inference_steps: STEPS,
  guidance_scale: 3.5,
  editing_prompt: ['male', 'female'],
  reverse_editing_direction: [true, false],
  edit_guidance_scale: 6,
  edit_threshold: 0.9,
  edit_warmup_steps: 3,
  edit_momentum_scale: 0.1,
  edit_mom_beta: 0.4,
};

/** Whole pictures from prompt to pixels with two concepts, ours and diffusers' in turns, from the same weights and seeds. */
export async function benchPictures(reference, threads, print) {
  const runtime = nodeRuntime({ threads });
  const model = await loadStableDiffusion(stableDiffusion, { runtime });
  const torch = await peerOf(reference, print);
  try {
    for (const images of BATCHES) {
      const ours = (seed) =>
        generate(model, PROMPT, { guidance: GUIDANCE, steps: STEPS, sampler: 'ddim', images, seed });
      const peers = { ours: [], inTurns: [], torch: [] };
      const [first, theirs] = [await ours(0), await torch?.(0, images)];
      const inARow = [];
      for (let round = 0; round < IN_A_ROW / images; round++) inARow.push(outside(await ours(round * images)));
      const start = performance.now();
      for (let round = 1; round <= ROUNDS && (round <= 3 || performance.now() - start < BUDGET); round++) {
        const picture = await ours(round * images);
        peers.ours.push(picture.milliseconds.total);
        peers.inTurns.push(outside(picture));
        if (torch) peers.torch.push((await torch(round * images, images)).milliseconds);
      }
      const share = median(inARow);
      print(`Pictures of two concepts, ${STEPS} steps, batch ${images}, ${threads} threads`);
      print(`  ours  ${perSecond(peers.ours, images)} pictures/s (${milliseconds(median(peers.ours))} a batch)`);
      print(`  outside the network ${percent(share)} of denoising (target 5 %: ${verdict(share <= OUTSIDE_TARGET)})`);
      if (!torch) continue;
      print(`  outside the network ${percent(median(peers.inTurns))} where torch runs between the batches`);
      print(`  torch ${perSecond(peers.torch, images)} pictures/s (${milliseconds(median(peers.torch))} a batch)`);
      print(`  torch ÷ ours: ${speedup(peers.torch, peers.ours, SPEED_TARGET)}`);
      print(`  largest difference of the two's pictures: ${largestDifference(first.images, theirs.pixels)} of 255`);
    }
  } finally {
    await model.dispose();
    await runtime.dispose();
  }
}

/** diffusers with the bundle's weights, or nothing. */
async function peerOf(reference, print) {
  if (!reference) return undefined;
  try {
    await reference.ask({ do: 'load', bundle: stableDiffusion });
  } catch (error) {
    print(`diffusers' pipeline was skipped: ${error.message}`);
    return undefined;
  }
  return (seed, images) => {
    const seeds = Array.from({ length: images }, (_, i) => seed + i);
    return reference.ask({ do: 'pictures', prompt: PROMPT, settings: SETTINGS, seeds });
  };
}

/** The share of denoising in which no network ran. */
function outside({ milliseconds: { denoise, session } }) {
  return (denoise - session) / denoise;
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function perSecond(batches, images) {
  return ((1000 * images) / median(batches)).toFixed(2);
}

function largestDifference(images, pixels) {
  const ours = Buffer.concat(images.map((image) => image.data));
  const theirs = Buffer.from(pixels, 'base64');
  return ours.reduce((largest, value, i) => Math.max(largest, Math.abs(value - theirs[i])), 0);
}
