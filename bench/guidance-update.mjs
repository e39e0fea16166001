import {
  away,
  CpuTensor,
  chain,
  cpuOps,
  Direction,
  IMAGE_LAYOUT,
  Predictions,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import { median, milliseconds, ratio, speedup, timed, times } from './statistics.mjs';

const SIZES = [
  [1, 4, 64, 64],
  [1, 3, 256, 256],
];
const TEXTS = ['male', 'female', 'glasses', 'smile'];
const STEP = { index: 20, count: 25, timestep: 161, alpha: 0.94, sigma: 0.36 };
const ROUNDS = 15;
/** A loaded machine may end the rounds early, but not before the third. */
const BUDGET = 45_000;
const TARGET = 10;

/** The guidance update of one warm step with four concepts: our two kernels, torch and memcpy, in turns. */
export async function benchGuidanceUpdate(reference, print) {
  for (const shape of SIZES) {
    const [slow, fast] = [updateOf(shape, cpuOps()), updateOf(shape, cpuOps(simdKernels()))];
    const copy = copyOf(shape);
    const torch = async (repeats) =>
      (await reference?.ask({ do: 'guidance', shape, repeats }))?.milliseconds ?? [Number.NaN];
    const peers = { slow: [], fast: [], copy: [], torch: [] };
    timed(200, fast);
    timed(50, slow);
    await torch(3);
    const start = performance.now();
    for (let round = 0; round < ROUNDS && (round < 3 || performance.now() - start < BUDGET); round++) {
      peers.slow.push(median(timed(10, slow)));
      peers.fast.push(median(timed(40, fast)));
      peers.copy.push(median(timed(40, copy)));
      peers.torch.push(median(await torch(5)));
    }
    print(`Guidance update, ${TEXTS.length} concepts, ${shape.slice(1).join('×')}`);
    print(`  one memcpy of the predictions and the momentum: ${milliseconds(median(peers.copy))}`);
    print(`  SIMD kernels: ${milliseconds(median(peers.fast))}, ${times(ratio(peers.fast, peers.copy))} one memcpy`);
    print(
      `  plain JavaScript: ${milliseconds(median(peers.slow))}, ${times(ratio(peers.slow, peers.copy))} one memcpy`,
    );
    if (!reference) continue;
    print(`  diffusers' code on torch: ${milliseconds(median(peers.torch))}`);
    print(`  torch ÷ SIMD: ${speedup(peers.torch, peers.fast, TARGET)}`);
    print(`  torch ÷ plain JavaScript: ${speedup(peers.torch, peers.slow)}`);
  }
}

/** One call is what a step does between the network and the sampler. */
function updateOf(shape, ops) {
  const concepts = TEXTS.map((text, k) => (k ? toward : away)(text, { scale: 6, threshold: 0.9, warmup: 3 }));
  const guidance = chain(scale(7.5), semantic(concepts, { momentum: { scale: 0.3, beta: 0.6 } }));
  const branches = ['unconditional', 'prompt', ...TEXTS.map((text) => `concept:${text}`)];
  const predictions = new Predictions(
    new Map(branches.map((branch) => [branch, { value: new CpuTensor(shape, normal(sizeOf(shape))) }])),
  );
  const run = {
    stage: 'base',
    space: 'epsilon',
    layout: IMAGE_LAYOUT,
    shape,
    steps: STEP.count,
    seeds: [0],
    sampler: 'ddim',
  };
  const state = guidance.init({ ...run, warn: () => undefined }, ops);
  return () => {
    const direction = guidance.update(Direction.start, predictions, STEP, state, ops);
    direction.estimate(predictions, ops);
    ops.endStep();
  };
}

/** Copies each tensor an update reads once: the predictions and the momentum. */
function copyOf(shape) {
  const tensors = Array.from({ length: TEXTS.length + 3 }, () => [
    normal(sizeOf(shape)),
    new Float32Array(sizeOf(shape)),
  ]);
  return () => {
    for (const [from, to] of tensors) to.set(from);
  };
}

function normal(size) {
  return Float32Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );
}

function sizeOf(shape) {
  return shape.reduce((product, extent) => product * extent, 1);
}
