import { describe, expect, it } from 'vitest';
import { samplerFromConfig } from '../src/index.js';
import { type PredictionType, runGaussian } from './gaussian-model.js';
import { distance, type GoldenCase, golden } from './golden.js';

/** f64 constants against diffusers' f32 ones. */
const TOLERANCE = 2e-5;

function run({ config, noise, steps, channels, eta, listed }: GoldenCase) {
  const sampler = samplerFromConfig(config, undefined, {
    ...(eta !== undefined && { eta }),
    ...(listed && { timesteps: listed }),
  });
  return runGaussian(
    sampler,
    steps,
    {
      alphaBars: golden.alphaBars[noise]!,
      predictionType: (config.prediction_type ?? 'epsilon') as PredictionType,
      learned: config.variance_type === 'learned_range',
    },
    { channels },
  );
}

describe('samplers', () => {
  for (const golden of golden_cases()) {
    it(`reproduces diffusers: ${golden.title}`, () => {
      const { timesteps, initialScale, draws, final, leftover } = run(golden);
      expect(distance(timesteps, golden.timesteps), 'timesteps').toBeLessThanOrEqual(1e-3);
      expect(initialScale / golden.initialScale).toBeCloseTo(1, 5);
      expect(draws, 'draws of noise').toBe(golden.draws);
      expect(distance(final, golden.final), 'final state').toBeLessThanOrEqual(TOLERANCE);
      if (golden.table) {
        expect(
          distance(
            [0, 5, 10, 15].map((i) => final[i]!),
            golden.table,
          ),
        ).toBeLessThanOrEqual(TOLERANCE);
      }
      expect(leftover, 'tensors kept after the last step').toBe(0);
    });
  }
});

function golden_cases(): readonly GoldenCase[] {
  return golden.cases;
}
