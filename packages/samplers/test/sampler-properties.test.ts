import type { Sampler } from '@sega/guidance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ddim, ddpm, pndm, samplerFromConfig, samplerNames } from '../src/index.js';
import { type PredictionType, runGaussian } from './gaussian-model.js';
import { distance } from './golden.js';

const NOISE = { beta_start: 0.00085, beta_end: 0.012, beta_schedule: 'scaled_linear', clip_sample: false };
const gaussian = { predictionType: 'epsilon' } as const;
const byName = (name: string, options: Record<string, unknown> = {}): Sampler =>
  samplerFromConfig({ ...NOISE, skip_prk_steps: true, ...options }, name);
const spacings = fc.constantFrom('leading', 'linspace', 'trailing');
const names = fc.constantFrom(...samplerNames);
const counts = fc.integer({ min: 2, max: 50 });

describe('schedules', () => {
  it('fall from noise to picture', () => {
    fc.assert(
      fc.property(names, spacings, counts, (name, timestep_spacing, count) => {
        const { steps } = byName(name, { timestep_spacing }).schedule(count);
        for (const [i, step] of steps.entries()) {
          expect(step.index).toBe(i);
          expect(step.count).toBe(steps.length);
          expect(step.alpha ** 2 * (1 + step.sigma ** 2)).toBeCloseTo(1, 6);
          if (i === 0) continue;
          expect(step.timestep).toBeLessThanOrEqual(steps[i - 1]!.timestep);
          expect(step.sigma).toBeLessThanOrEqual(steps[i - 1]!.sigma);
        }
      }),
      { numRuns: 40 },
    );
  });

  it('have one step for each evaluation: n, n + 1 for pndm, n + 9 with Runge–Kutta', () => {
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 50 }), (count) => {
        for (const name of samplerNames) {
          expect(byName(name).schedule(count).steps.length).toBe(name === 'pndm' ? count + 1 : count);
        }
        expect(pndm().schedule(count).steps.length).toBe(count + 9);
      }),
      { numRuns: 15 },
    );
  });

  it('have exactly n steps with trailing spacing, also where rounding gives diffusers a timestep −1', () => {
    for (const count of [61, 103, 206, 454]) {
      const { steps } = byName('ddim', { timestep_spacing: 'trailing' }).schedule(count);
      expect(steps.length).toBe(count);
      expect(steps.at(-1)!.timestep).toBeGreaterThanOrEqual(0);
    }
  });

  it.each(samplerNames)('of %s refuse 0, 2.5, NaN and more steps than training timesteps', (name) => {
    for (const steps of [0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY, 1001, 1_000_000]) {
      expect(() => byName(name).schedule(steps)).toThrow(expect.objectContaining({ code: 'STEPS_INVALID' }));
    }
  });

  it('refuse steps that do not fit: beyond the last timestep, on one timestep, too few for Runge–Kutta', () => {
    const invalid = expect.objectContaining({ code: 'STEPS_INVALID' });
    expect(() => byName('ddim', { steps_offset: 1 }).schedule(1000)).toThrow(invalid);
    expect(() => byName('dpm++').schedule(1000)).toThrow(invalid);
    expect(() => byName('lcm').schedule(51)).toThrow(invalid);
    expect(() => pndm().schedule(3)).toThrow(invalid);
  });

  it.each(['ddpm', 'ddim', 'dpm++', 'euler', 'euler-ancestral'])('of %s take listed timesteps as they are', (name) => {
    const listed = byName(name).schedule([999, 500, 20]);
    expect(listed.steps.map(({ timestep }) => timestep)).toEqual([999, 500, 20]);
    const invalid = expect.objectContaining({ code: 'STEPS_INVALID' });
    for (const timesteps of [[1000, 500], [500, 500], [20, 30], [0.5], []]) {
      expect(() => byName(name).schedule(timesteps)).toThrow(invalid);
    }
  });

  it.each(['ddpm', 'ddim'])('of %s walk a list of its own timesteps as their number', (name) => {
    const model = { predictionType: 'epsilon' } as const;
    const counted = runGaussian(byName(name), 8, model);
    expect(runGaussian(byName(name), counted.timesteps, model).final).toEqual(counted.final);
  });

  it.each(['pndm', 'lcm', 'dpm++-karras'])('of %s refuse listed timesteps, which they could not honour', (name) => {
    expect(() => byName(name).schedule([999, 500, 0])).toThrow(/steps is \[999, 500, 0\]/);
  });

  it.each(samplerNames)('of %s refuse a name: only models have named ones', (name) => {
    expect(() => byName(name).schedule('smart27')).toThrow(/steps is "smart27"/);
  });
});

describe('a step', () => {
  const start = fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 16, maxLength: 16 });

  it.each(samplerNames.filter((name) => name !== 'pndm'))('returns what it foresees at the end of %s', (name) => {
    fc.assert(
      fc.property(counts, start, (count, first) => {
        const { final, denoised } = runGaussian(byName(name), count, gaussian, { start: first });
        expect(final).toEqual(denoised.at(-1));
      }),
      { numRuns: 20 },
    );
  });

  it.each(samplerNames.filter((name) => name !== 'pndm'))(
    'of %s goes to one place whether the model predicts noise, velocity or picture',
    (name) => {
      const finals = (['epsilon', 'v_prediction', 'sample'] as const).map((predictionType: PredictionType) => {
        const sampler = byName(name, { prediction_type: predictionType });
        return runGaussian(sampler, 10, { predictionType }).final;
      });
      // Euler's fractional timesteps: the model interpolates ᾱ there, the sampler σ.
      const tolerance = name.startsWith('euler') ? 2e-3 : 1e-5;
      expect(distance(finals[0]!, finals[1]!)).toBeLessThanOrEqual(tolerance);
      expect(distance(finals[0]!, finals[2]!)).toBeLessThanOrEqual(tolerance);
    },
  );

  it('of ddim with eta 1 is a step of ddpm', () => {
    fc.assert(
      fc.property(counts, start, (count, first) => {
        const noise = { betaSchedule: 'scaled_linear', betaStart: 0.00085, betaEnd: 0.012, clipSample: false } as const;
        const implicit = runGaussian(ddim({ ...noise, eta: 1 }), count, gaussian, { start: first });
        const ancestral = runGaussian(ddpm(noise), count, gaussian, { start: first });
        expect(distance(implicit.final, ancestral.final)).toBeLessThanOrEqual(1e-4);
      }),
      { numRuns: 20 },
    );
  });

  it.each(samplerNames)('of %s treats pictures of a batch one by one', (name) => {
    const options = { thresholding: true, sample_max_value: 1.5, dynamic_thresholding_ratio: 0.8 };
    const noise = (k: number, size: number): Float32Array =>
      Float32Array.from({ length: size }, (_, i) => Math.sin((i % 16) + 3 * k));
    const states = [0.5, -2].map((scale) => Array.from({ length: 16 }, (_, i) => scale * Math.cos(i * i)));
    const alone = states.map((first) => runGaussian(byName(name, options), 6, gaussian, { start: first, noise }).final);
    const batch = runGaussian(byName(name, options), 6, gaussian, { start: states.flat(), items: 2, noise });
    expect(batch.final).toEqual(alone.flat());
  });

  it.each(samplerNames)('of %s remembers nothing outside its memory', (name) => {
    const schedule = byName(name).schedule(7);
    const sampler: Sampler = { ...byName(name), schedule: () => schedule };
    const first = runGaussian(sampler, 7, gaussian);
    runGaussian(sampler, 7, gaussian, { start: Array(16).fill(0.3) });
    expect(runGaussian(sampler, 7, gaussian).final).toEqual(first.final);
  });

  it('refuses a learned variance that the prediction lacks', () => {
    expect(() => runGaussian(ddpm({ varianceType: 'learned_range' }), 5, gaussian)).toThrow(
      expect.objectContaining({ code: 'PREDICTION_SHAPE' }),
    );
  });
});
