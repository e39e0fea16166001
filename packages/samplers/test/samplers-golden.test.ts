import { describe, expect, it } from 'vitest';
import { ddim, samplerFromConfig } from '../src/index.js';
import { type GaussianRun, type PredictionType, runGaussian } from './gaussian-model.js';
import { distance, type GoldenCase, golden } from './golden.js';

function run({ name, config, noise, steps, channels, eta, listed }: GoldenCase): GaussianRun {
  const sampler = samplerFromConfig(config, name, { ...(eta !== undefined && { eta }) });
  const model = {
    alphaBars: golden.alphaBars[noise]!,
    predictionType: (config.prediction_type ?? 'epsilon') as PredictionType,
    learned: config.variance_type === 'learned_range',
  };
  return runGaussian(sampler, listed ?? steps, model, { channels });
}

describe('samplers', () => {
  for (const expected of golden.cases) {
    it(`reproduce diffusers: ${expected.title}`, () => {
      const { timesteps, initialScale, draws, final, leftover } = run(expected);
      expect(distance(timesteps, expected.timesteps), 'timesteps').toBeLessThanOrEqual(1e-4);
      expect(initialScale / expected.initialScale).toBeCloseTo(1, 6);
      expect(draws, 'draws of noise').toBe(expected.draws);
      expect(distance(final, expected.final), 'final state').toBeLessThanOrEqual(2e-5);
      const { table } = expected;
      if (table) {
        const entries = [0, 5, 10, 15].map((i) => final[i]!);
        expect(distance(entries, table), 'published entries').toBeLessThanOrEqual(2e-5);
      }
      expect(leftover, 'tensors kept after the last step').toBe(0);
    });
  }

  it('place every timestep where diffusers does', () => {
    for (const { class: className, options, steps, timesteps } of golden.timesteps) {
      const config = {
        _class_name: className,
        beta_start: 0.00085,
        beta_end: 0.012,
        beta_schedule: 'scaled_linear',
        ...options,
      };
      const placed = samplerFromConfig(config)
        .schedule(steps)
        .steps.map(({ timestep }) => timestep);
      const tolerance = options.use_karras_sigmas && className === 'EulerDiscreteScheduler' ? 1e-4 : 0;
      expect(
        distance(placed, timesteps.map(Math.fround)),
        JSON.stringify({ className, options, steps }),
      ).toBeLessThanOrEqual(tolerance);
    }
  });

  it.each([
    ['sd', { betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012 }],
    ['if', { betaSchedule: 'squaredcos_cap_v2' }],
    ['x4', { betaSchedule: 'scaled_linear' }],
    ['linear', {}],
    [
      'zero-snr',
      {
        betaSchedule: 'scaled_linear',
        betaStart: 0.00085,
        betaEnd: 0.012,
        rescaleBetasZeroSnr: true,
        predictionType: 'v_prediction',
      },
    ],
  ] as const)('hold the signal shares of the %s noise', (noise, options) => {
    const { steps } = ddim(options).schedule(1000);
    for (const { timestep, alpha, sigma } of steps) {
      const expected = Math.fround(golden.alphaBars[noise]![timestep]!);
      // torch's float32 square root, which only the rescaled noise takes, is not correctly rounded.
      const tolerance = noise === 'zero-snr' ? 5e-7 : 1e-12 * expected;
      expect(Math.abs(alpha ** 2 - expected), `timestep ${timestep}`).toBeLessThanOrEqual(tolerance);
      // σ is infinite where no signal is left.
      if (alpha > 0)
        expect(Math.abs((sigma * alpha) ** 2 - (1 - expected))).toBeLessThanOrEqual(Math.max(tolerance, 2 ** -24));
      else expect(sigma).toBe(Number.POSITIVE_INFINITY);
    }
  });
});
