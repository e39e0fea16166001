import {
  and,
  away,
  type Branch,
  chain,
  composable,
  type Guidance,
  negativePrompt,
  type Space,
  type Step,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { describe, expect, it } from 'vitest';
import { epsilonFrom } from '../src/testkit/analytic-denoiser.js';
import { estimates, stepAt, wavesOf } from './drive.js';

const shape = [2, 2, 4, 4];
const waves = wavesOf(shape);
const steps = 6;

/** A noise estimate as a prediction in another space, for the noisy input y = x/α. */
function predictionOf(space: Space, { alpha, sigma }: Step, epsilon: number, y: number): number {
  const sample = y - sigma * epsilon;
  if (space === 'sample') return sample;
  if (space === 'velocity') return alpha * epsilon - alpha * sigma * sample;
  if (space === 'flow') return epsilon - sample;
  return epsilon;
}

/** Noise estimates a guidance decides on, when the model predicts in a space. */
async function guidedEpsilons(guidance: Guidance, space: Space): Promise<readonly Float32Array[]> {
  const predict = (branch: Branch, step: Step): Float32Array => {
    const y = waves('x:y', step);
    return waves(branch, step).map((epsilon, i) => predictionOf(space, step, epsilon, y[i]!));
  };
  const values = await estimates(guidance, { shape, steps, space, predict });
  return values.map((value, index) => {
    const step = stepAt(index, steps);
    const [a, b] = epsilonFrom(space, step);
    const y = waves('x:y', step);
    return value.map((number, i) => a * number + b * y[i]!);
  });
}

const momentum = { scale: 0.4, beta: 0.6 };
const methods: Record<string, Guidance> = {
  scale: scale(7.5),
  composable: chain(scale(7.5), composable([and('a', 3)])),
  negativePrompt: negativePrompt('bad', scale(7.5)),
  'semantic with momentum': chain(
    scale(7.5),
    semantic([toward('a', { warmup: 1 }), away('b', { warmup: 2 })], { momentum }),
  ),
  "semantic with compat 'diffusers'": semantic([toward('a', { warmup: 1 }), away('b')], {
    momentum,
    compat: 'diffusers',
  }),
  safeLatent: chain(safeLatent({ text: 'a', warmup: 1, scale: 3, momentum }), scale(7.5)),
};

describe('velocity, sample and flow models are steered as epsilon models are', () => {
  for (const [name, guidance] of Object.entries(methods)) {
    it.each(['velocity', 'sample', 'flow'] as const)(`${name}, %s`, async (space) => {
      const expected = await guidedEpsilons(guidance, 'epsilon');
      (await guidedEpsilons(guidance, space)).forEach((found, index) => {
        const largest = Math.max(...expected[index]!.map(Math.abs));
        const worst = Math.max(...found.map((value, i) => Math.abs(value - expected[index]![i]!)));
        expect(worst / largest).toBeLessThan(1e-4);
      });
    });
  }
});
