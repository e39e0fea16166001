import { readFileSync } from 'node:fs';
import { scheduleNames } from '@sega/deepfloyd-if';
import { describe, expect, it } from 'vitest';
import { samplerOf } from '../src/sampler.js';

/** The lists diffusers publishes. */
const published = JSON.parse(
  readFileSync(new URL('../../../test/vectors/deepfloyd-if-timesteps.json', import.meta.url), 'utf8'),
) as Readonly<Record<string, readonly number[]>>;

const config = { _class_name: 'DDPMScheduler', beta_schedule: 'squaredcos_cap_v2', variance_type: 'learned_range' };
const timesteps = (steps: string, name?: string): readonly number[] =>
  samplerOf(config, undefined, name)
    .schedule(steps)
    .steps.map(({ timestep }) => timestep);

describe('named schedules', () => {
  it('are the eight published ones', () => {
    expect([...scheduleNames].sort()).toEqual(Object.keys(published).sort());
  });

  it.each(scheduleNames)('%s equals the published list', (name) => {
    expect(timesteps(name)).toEqual(published[name]);
  });

  it('are placed by every sampler that can place a list', () => {
    for (const sampler of ['ddpm', 'ddim', 'dpm++', 'euler', 'euler-ancestral']) {
      expect(timesteps('smart27', sampler), sampler).toEqual(published.smart27);
    }
  });

  it('are refused by the others, and unknown ones by all', () => {
    expect(() => timesteps('smart27', 'pndm')).toThrow(/steps is \[999, 976, 952, .*; pndm .*takes a whole number/);
    expect(() => timesteps('smart28')).toThrow(
      expect.objectContaining({ code: 'STEPS_INVALID', message: expect.stringContaining('fast27, smart27, smart50') }),
    );
  });
});
