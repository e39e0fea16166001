import { CpuTensor, chain, cpuOps, Direction, IMAGE_LAYOUT, LOGITS_LAYOUT, Predictions } from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import { webRuntime } from '@sega/runtime-web';
import { median, milliseconds, ratio, times } from '../../../../bench/statistics.mjs';
import { guidanceOf, nameOf, paceOf, TEXTS } from './settings.js';

const SIZES = [
  [1, 4, 64, 64],
  [1, 3, 256, 256],
  [1, 1024, 32, 32],
];
const STEP = { index: 20, count: 25, timestep: 161, alpha: 0.94, sigma: 0.36 };
const BRANCHES = ['unconditional', 'prompt', ...TEXTS.map((text) => `concept:${text}`)];
/** Updates handed over before the device is waited for. */
const AHEAD = 4;

/** The guided prediction of four concepts: computed where the predictions are, or in JavaScript once they are read back. */
export async function benchKernels(device) {
  const [runtime, { rounds }] = [webRuntime({ device }), await paceOf(device)];
  try {
    for (const shape of SIZES) {
      const ops = runtime.createOps();
      const given = BRANCHES.map(() => ops.keep(ops.fromArray(normal(shape), shape)));
      const mark = ops.keep(ops.fromArray(new Float32Array(1), [1]));
      const finished = () => runtime.read(mark);
      const here = updateOf(shape, ops);
      const onDevice = async () => {
        for (let k = 0; k < AHEAD; k++) here(given);
        await finished();
      };
      const readBack = (own) => {
        const there = updateOf(shape, own);
        return async () => {
          const numbers = await Promise.all(given.map((tensor) => runtime.read(tensor)));
          const { data } = there(numbers.map((values) => new CpuTensor(shape, values)));
          ops.fromArray(data, shape);
          ops.endStep();
          await finished();
        };
      };
      const ways = { onDevice, plain: readBack(cpuOps()), simd: readBack(cpuOps(simdKernels())) };
      const spent = { onDevice: [], plain: [], simd: [] };
      for (let round = 0; round <= rounds; round++) {
        for (const [name, way] of Object.entries(ways)) {
          const start = performance.now();
          await way();
          const each = (performance.now() - start) / (name === 'onDevice' ? AHEAD : 1);
          if (round > 0) spent[name].push(each);
        }
      }
      ops.dispose();
      await print(`Guidance on ${await nameOf(device)}, ${TEXTS.length} concepts, ${shape.slice(1).join('×')}`);
      await print(`  where the predictions are: ${milliseconds(median(spent.onDevice))}`);
      for (const [name, title] of [
        ['plain', 'JavaScript'],
        ['simd', 'SIMD in the page'],
      ]) {
        const slower = times(ratio(spent[name], spent.onDevice));
        await print(`  read back, ${title}: ${milliseconds(median(spent[name]))}, ${slower} as long`);
      }
    }
  } finally {
    await runtime.dispose();
  }
}

/** One call is what a step does between the network and the sampler. */
function updateOf(shape, ops) {
  const isLogits = shape[1] === 1024;
  const guidance = chain(...guidanceOf(TEXTS.length, isLogits ? { mask: 'token' } : {}));
  const layout = isLogits ? LOGITS_LAYOUT : IMAGE_LAYOUT;
  const space = isLogits ? 'logits' : 'epsilon';
  const run = { stage: 'base', space, layout, shape, steps: STEP.count, seeds: [0], sampler: 'ddim' };
  const state = guidance.init({ ...run, warn: () => undefined }, ops);
  return (tensors) => {
    const predictions = new Predictions(new Map(BRANCHES.map((branch, k) => [branch, { value: tensors[k] }])));
    const guided = guidance.update(Direction.start, predictions, STEP, state, ops).estimate(predictions, ops);
    const result = guided.data ? { data: guided.data.slice() } : {};
    ops.endStep();
    return result;
  };
}

function normal(shape) {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return Float32Array.from(
    { length: size },
    () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );
}
