import { execFile } from 'node:child_process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import {
  away,
  CpuTensor,
  chain,
  cpuOps,
  Direction,
  LOGITS_LAYOUT,
  Predictions,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import { median, milliseconds, ratio, speedup, timed, times } from './statistics.mjs';

const PEER = fileURLToPath(new URL('../tools/bench_reference_paella.py', import.meta.url));
const SHAPE = [1, 8192, 64, 64];
const SIZE = SHAPE.reduce((product, extent) => product * extent, 1);
const TEXTS = ['glasses', 'smile'];
const STEP = { index: 6, count: 12, timestep: 0.5, alpha: 0.7, sigma: 1 };
const ROUNDS = 3;
/** Updates of torch in a round: its quantiles take seconds. */
const REPEATS = { token: 3, element: 1 };
const TARGET = 10;

/** Guidance of a full-size token model with two concepts, and what it and drawing tokens take of memory. */
export async function benchLogitsUpdate(threads, print) {
  for (const mask of ['token', 'element']) {
    const [update, copy] = [updateOf(mask), copyOf()];
    const peers = { ours: [], copy: [], torch: [] };
    timed(1, update);
    for (let round = 0; round < ROUNDS; round++) {
      peers.torch.push(await torchUpdate(mask, threads, print));
      peers.ours.push(median(timed(5, update)));
      peers.copy.push(median(timed(5, copy)));
    }
    print(`Logits update, ${TEXTS.length} concepts, ${SHAPE.slice(1).join('×')}, mask ${mask}`);
    print(`  one memcpy of the ${2 + TEXTS.length} predictions: ${milliseconds(median(peers.copy))}`);
    print(
      `  ours: ${milliseconds(median(peers.ours))}, ${times(ratio(peers.ours, peers.copy))} the memcpy, one thread`,
    );
    if (peers.torch.some(Number.isNaN)) continue;
    print(`  torch: ${milliseconds(median(peers.torch))}, ${threads} threads`);
    print(`  torch ÷ ours: ${speedup(peers.torch, peers.ours, TARGET)}`);
  }
  const tensors = [];
  for (const concepts of [0, 1, 2, 3]) tensors.push(await tensorsOf(concepts));
  print(`Memory of a step, in tensors of ${SHAPE.slice(1).join('×')}: ${tensors.map(describe).join(', ')}`);
}

/** One call is what a step does between the network and the sampler: direction and guided logits. */
function updateOf(mask) {
  const ops = cpuOps(simdKernels());
  const predictions = predicted(TEXTS);
  const step = stepOf(TEXTS, mask, ops);
  return () => {
    step(predictions);
    ops.endStep();
  };
}

function stepOf(texts, mask, ops) {
  const concepts = texts.map((text, k) => (k ? away : toward)(text, { scale: 4, threshold: 0.9, warmup: 2 }));
  const guidance = chain(scale(8), ...(texts.length ? [semantic(concepts, { mask })] : []));
  const state = guidance.init(
    {
      stage: 'base',
      space: 'logits',
      layout: LOGITS_LAYOUT,
      shape: SHAPE,
      steps: STEP.count,
      seeds: [0],
      sampler: 'categorical',
      warn: () => undefined,
    },
    ops,
  );
  return (predictions) => guidance.update(Direction.start, predictions, STEP, state, ops).estimate(predictions, ops);
}

/** Largest growth of memory in three steps with fresh predictions each, as networks return them. */
async function tensorsOf(concepts) {
  const texts = ['glasses', 'smile', 'beard'].slice(0, concepts);
  const ops = cpuOps(simdKernels());
  const step = stepOf(texts, 'token', ops);
  const uniform = new CpuTensor([1, ...SHAPE.slice(2)], new Float32Array(SHAPE[2] * SHAPE[3]).fill(0.5));
  const before = await held();
  let [outcome, most] = [undefined, 0];
  for (let count = 0; count < 3; count++) {
    outcome = undefined;
    const predictions = predicted(texts);
    const guided = step(predictions);
    outcome = { predictions, guided, tokens: ops.categorical(guided, 1, uniform) };
    most = Math.max(most, (await held()) - before);
    ops.endStep();
  }
  ops.dispose();
  return { concepts, predictions: outcome.predictions.branches.length, total: most / (4 * SIZE) };
}

function describe({ concepts, predictions, total }) {
  return `${concepts} concepts ${total.toFixed(1)} (${predictions} of them predictions)`;
}

/** Bytes of arrays that are still used; the freed ones are given back a little after they were found. */
async function held() {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc');
  for (let round = 0; round < 3; round++) {
    collect();
    await setTimeout(50);
  }
  return process.memoryUsage().arrayBuffers;
}

function predicted(texts) {
  const branches = ['unconditional', 'prompt', ...texts.map((text) => `concept:${text}`)];
  return new Predictions(new Map(branches.map((branch) => [branch, { value: new CpuTensor(SHAPE, normal()) }])));
}

/** Copies each prediction once. */
function copyOf() {
  const [from, to] = [normal(), new Float32Array(SIZE)];
  return () => {
    for (let tensor = 0; tensor < 2 + TEXTS.length; tensor++) to.set(from);
  };
}

/** Normal numbers of deviation 2, as random as a table of them drawn from at random. */
function normal() {
  const table = Float32Array.from(
    { length: 1 << 16 },
    () => 2 * Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random()),
  );
  const logits = new Float32Array(SIZE);
  for (let i = 0; i < SIZE; i++) logits[i] = table[Math.floor(Math.random() * table.length)];
  return logits;
}

async function torchUpdate(mask, threads, print) {
  const python = process.env.SEGA_PYTHON ?? 'python3';
  const settings = ['--mask', mask, '--threads', threads, '--repeats', REPEATS[mask]].map(String);
  try {
    const { stdout } = await promisify(execFile)(python, [PEER, ...settings]);
    return JSON.parse(stdout).milliseconds;
  } catch (error) {
    print(`torch's update of logits was skipped: ${error.message.split('\n')[0]}`);
    return Number.NaN;
  }
}
