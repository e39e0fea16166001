import type { CpuTensor } from '../cpu/cpu-tensor.js';
import { type CpuKernels, referenceKernels } from '../cpu/kernels.js';
import { GuidanceError } from '../errors.js';
import { imagesFromPlanes } from '../image.js';
import { IMAGE_LAYOUT } from '../layout.js';
import type { Condition, Model, Stage } from '../model.js';
import { type Prediction, Predictions } from '../prediction.js';
import { sizeOf } from '../shape.js';
import type { Space } from '../space.js';
import { predictGaussian } from './analytic-denoiser.js';
import { cpuRuntime } from './cpu-runtime.js';
import { eulerSampler } from './euler-sampler.js';
import { seededRandom } from './seeded-random.js';

/** Settings of a {@link referenceModel}. @category Testkit */
export interface ReferenceModelOptions {
  /** What its predictions mean. Default `epsilon`. */
  readonly space?: Space;
  /** Standard deviation s of each text's pictures; 0 makes every text a single picture. Default 0. */
  readonly spread?: number;
  /** Mean picture of a text at an element of [3, height, width]. Default: a pattern all its own. */
  readonly mean?: (text: string, element: number) => number;
  /** Inner loops to run on. */
  readonly kernels?: CpuKernels;
}

/** What a {@link referenceModel} has seen. @category Testkit */
export interface ReferenceModel extends Model {
  /** The texts of every network row evaluated, in order. */
  readonly rows: readonly string[];
  /** Every text it was asked to encode, in order. */
  readonly encoded: readonly string[];
}

/**
 * A model with a known answer: the pictures of each text are N(μ, s²), so the ideal denoiser is a formula. With s = 0,
 * guidance of scale w must end at μ_u + w·(μ_c − μ_u).
 *
 * Pictures are [3, height, width], 8 × 8 unless asked otherwise, in −1 to 1; 10 steps of Euler's method.
 *
 * @example
 * const model = referenceModel();
 * const { images } = await generate(model, 'a king', { guidance: [scale(2)] });
 * @category Testkit
 */
export function referenceModel(options: ReferenceModelOptions = {}): ReferenceModel {
  const { space = 'epsilon', spread = 0, mean = patternOf, kernels = referenceKernels } = options;
  const rows: string[] = [];
  const encoded: string[] = [];
  const stage: Stage = {
    name: 'base',
    defaults: { steps: 10, scale: 7.5 },
    space,
    layout: IMAGE_LAYOUT,
    sampler: (name = 'euler') => {
      if (name === 'euler') return eulerSampler(space);
      throw new GuidanceError('SAMPLER_UNKNOWN', `The reference model has no sampler "${name}"; it has euler.`, {
        name,
      });
    },
    stateShape: ({ width, height, items }) => [items, 3, height, width],
    predict: async (x, step, branches, ops) => {
      const size = sizeOf(x.shape.slice(1));
      const data = (x as CpuTensor).data;
      const predicted = branches.map(({ branch, conditions }) => {
        rows.push(...conditions.map(({ text }) => text));
        const value = data.map((noisy, i) => {
          const text = conditions[Math.floor(i / size)]!.text;
          return predictGaussian(space, step, noisy, mean(text, i % size), spread);
        });
        return [branch, { value: ops.fromArray(value, x.shape) } satisfies Prediction] as const;
      });
      return new Predictions(new Map(predicted));
    },
  };
  return {
    family: 'reference',
    name: 'reference',
    runtime: cpuRuntime(kernels),
    defaults: { width: 8, height: 8, concept: { scale: 5, threshold: 0.9 } },
    stages: [stage],
    rows,
    encoded,
    encode: async (texts) => {
      encoded.push(...texts);
      return texts.map((text): Condition => ({ text }));
    },
    random: seededRandom,
    decode: async (x) => imagesFromPlanes((x as CpuTensor).data, x.shape),
    dispose: async () => undefined,
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** Numbers in −0.5 to 0.5 that differ from text to text and element to element. */
function patternOf(text: string, element: number): number {
  let hash = 0x811c9dc5 ^ Math.imul(element, 0x9e3779b1);
  for (const letter of text) hash = Math.imul(hash ^ letter.codePointAt(0)!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 - 0.5;
}
