import {
  type Applied,
  away,
  chain,
  type Guidance,
  generate,
  interval,
  negativePrompt,
  replay,
  rescale,
  SAFE_LATENT_TEXT,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { referenceModel } from '@sega/guidance/testkit';
import { SAFETY_PRESETS, STRENGTHS, safe, safetyText } from '@sega/safety';
import { describe, expect, it } from 'vitest';
import { distance, finalState, modelOf, presetWith, rowsOf } from './drive.js';

const safety = `concept:${SAFE_LATENT_TEXT}`;
const sd = modelOf('stable-diffusion');
const withCode = (code: string): unknown => expect.objectContaining({ code });

async function appliedBy(guidance: Guidance, model = sd, steps = 10): Promise<readonly Applied[]> {
  return (await generate(model, 'a king', { guidance, steps })).applied;
}

describe('safe', () => {
  it.each(STRENGTHS)('%s is Safe Latent Diffusion as published at 50 steps and scale 7.5', async (strength) => {
    const own = await finalState(sd, chain(safe(strength), scale(7.5)), 50);
    const published = await finalState(sd, chain(safeLatent(strength), scale(7.5)), 50);
    expect(distance(own, published)).toBeLessThan(1e-4);
  });

  it.each(STRENGTHS)("%s with compat is diffusers' pipeline at any number of steps and scale", async (strength) => {
    const own = await finalState(sd, chain(safe(strength, { compat: 'diffusers' }), scale(3.5)), 20);
    const published = await finalState(sd, chain(safeLatent(strength), scale(3.5)), 20);
    expect(distance(own, published)).toBeLessThan(1e-4);
  });

  it.each([
    ['deepfloyd-if', 'strong', 7, 0.8, 5, 100],
    ['deepfloyd-if', 'max', 10, 0.7, 0, 100],
    ['paella', 'strong', 7, 0.8, 2, 32],
  ] as const)("on %s, %s is SEGA with its authors' settings", async (family, strength, s, threshold, warmup, steps) => {
    const momentum = { scale: 0.5, beta: family === 'paella' ? 0.6 : 0.4 };
    const sega = semantic([away(SAFE_LATENT_TEXT, { scale: s, threshold, warmup })], { momentum });
    const own = await finalState(modelOf(family), chain(safe(strength), scale(5)), steps);
    expect(own).toEqual(await finalState(modelOf(family), chain(scale(5), sega), steps));
  });

  it('acts the same wherever it stands in its chain, and in a chain of that chain', async () => {
    const smile = semantic([toward('smile')]);
    const first = await finalState(sd, chain(safe('strong'), scale(5), smile));
    expect(await finalState(sd, chain(scale(5), safe('strong'), smile))).toEqual(first);
    expect(await finalState(sd, chain(scale(5), smile, safe('strong')))).toEqual(first);
    expect(await finalState(sd, chain(chain(safe('strong'), scale(5)), smile))).toEqual(first);
  });

  it.each([0, 0.5, 1, 7.5, -1])('is in force at guidance scale %d on every family', async (weight) => {
    for (const family of ['stable-diffusion', 'deepfloyd-if', 'paella']) {
      const bare = await finalState(modelOf(family), scale(weight));
      const safer = await finalState(modelOf(family), chain(safe('max'), scale(weight)));
      expect(distance(safer, bare), family).toBeGreaterThan(0.1);
      const [applied] = await appliedBy(chain(safe('max'), scale(weight)), modelOf(family));
      expect(applied).toMatchObject({ method: 'safe', acted: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
    }
  });

  it('moves away from the concepts at scale 1 as strongly as at 7.5', async () => {
    const moved = async (weight: number): Promise<Float32Array> => {
      const bare = await finalState(sd, scale(weight));
      return (await finalState(sd, chain(safe(presetWith({ warmup: 9, steps: 10 })), scale(weight)))).map(
        (value, i) => value - bare[i]!,
      );
    };
    // Only the last step differs, so that what differs is the correction itself and not what follows from it.
    const [one, published] = [await moved(1), await moved(7.5)];
    expect(Math.max(...one.map(Math.abs))).toBeGreaterThan(1e-3);
    expect(Math.max(...one.map(Math.abs))).toBeCloseTo(Math.max(...published.map(Math.abs)), 1);
  });

  it('composes with negative prompts, rescaling, intervals and other concepts', async () => {
    const rest = [
      negativePrompt('hat', scale(5)),
      rescale(0.7),
      interval(semantic([toward('smile')]), { fraction: [0.2, 0.8] }),
    ];
    const [applied] = await appliedBy(chain(safe('strong'), ...rest));
    expect(applied).toMatchObject({ method: 'safe', preset: 'strong' });
    const safer = await finalState(sd, chain(safe('strong'), ...rest));
    expect(distance(safer, await finalState(sd, chain(...rest)))).toBeGreaterThan(0.01);
  });

  it('adds up: two safeties keep out the concepts of both', async () => {
    const [first, second] = [safe('strong', { concepts: ['hats'] }), safe('max', { concepts: ['beards'] })];
    const applied = await appliedBy(chain(first, second, scale(5)));
    expect(applied.map(({ preset, text }) => [preset, text])).toEqual([
      ['max', 'an image showing beards'],
      ['strong', 'an image showing hats'],
    ]);
  });

  it('moves its warm-up in proportion to the steps, and to whole steps of whatever run with compat', async () => {
    const acted = async (options: object, steps: number): Promise<unknown> =>
      (await appliedBy(chain(safe('weak', options), scale(7.5)), sd, steps))[0]!.acted;
    expect(await acted({}, 50)).toHaveLength(35);
    expect(await acted({}, 10)).toEqual([3, 4, 5, 6, 7, 8, 9]);
    expect(await acted({ compat: 'diffusers' }, 20)).toEqual([15, 16, 17, 18, 19]);
    const { warnings } = await generate(sd, 'a king', { guidance: safe('weak', { compat: 'diffusers' }), steps: 10 });
    expect(warnings).toEqual([expect.stringMatching(/never acts/)]);
  });

  it('is not predicted before it acts when there is no momentum to build', async () => {
    expect(await rowsOf(sd, safe('weak'))).toEqual({ unconditional: 7, prompt: 10, [safety]: 7 });
    expect(await rowsOf(sd, safe('strong'))).toEqual({ unconditional: 10, prompt: 10, [safety]: 10 });
  });

  it('takes settings for one model before those for its family', async () => {
    const family = presetWith({ method: 'semantic' as const });
    const own = { ...family.settings[0]!, model: 'faces', scale: 9, source: 'calibrated' as const };
    const preset = { ...family, settings: [...family.settings, own] };
    const scaleOn = async (name: string): Promise<unknown> =>
      (await appliedBy(chain(safe(preset), scale(5)), modelOf('stable-diffusion', name)))[0]!.settings;
    expect(await scaleOn('faces')).toMatchObject({ scale: 9, source: 'calibrated' });
    expect(await scaleOn('others')).toEqual(family.settings[0]);
  });

  it('warns where its settings are untried or experimental', async () => {
    const warnings = async (family: string, guidance: Guidance): Promise<readonly string[]> =>
      (await generate(modelOf(family), 'a king', { guidance })).warnings;
    expect(await warnings('acme', safe('strong'))).toEqual([expect.stringMatching(/family "acme".*stable-diffusion/)]);
    expect(await warnings('paella', safe('strong', { method: 'safe-latent' }))).toEqual([
      expect.stringMatching(/experimental/),
    ]);
    expect(await warnings('paella', safe('strong'))).toEqual([]);
    expect(await warnings('deepfloyd-if', safe('strong'))).toEqual([]);
  });

  it('says in the result what it did', async () => {
    const [applied, ...more] = await appliedBy(chain(safe('strong', { locked: true }), scale(5)));
    expect(more).toEqual([]);
    expect(applied).toEqual({
      method: 'safe',
      stage: 'base',
      preset: 'strong',
      text: SAFE_LATENT_TEXT,
      locked: true,
      settings: SAFETY_PRESETS.strong.settings[0],
      acted: [1, 2, 3, 4, 5, 6, 7, 8, 9],
    });
    expect(JSON.parse(JSON.stringify(applied))).toEqual(applied);
  });

  it('keeps two runs that take turns apart', async () => {
    const guidance = chain(safe('strong'), scale(5));
    const alone = await finalState(sd, guidance);
    expect(await Promise.all([finalState(sd, guidance), finalState(sd, guidance)])).toEqual([alone, alone]);
  });

  it('refuses what it cannot honour when it is made', () => {
    expect(() => safe('extreme' as 'max')).toThrow(withCode('OPTION_INVALID'));
    expect(() => safe('toString' as 'max')).toThrow(withCode('OPTION_INVALID'));
    expect(() => safe(undefined as never, { concepts: [] })).toThrow(withCode('OPTION_INVALID'));
    expect(() => safe('max', { concepts: ['hats', ' '] })).toThrow(withCode('PROMPT_EMPTY'));
    expect(() => safe({ ...SAFETY_PRESETS.max, settings: [] })).toThrow(withCode('OPTION_INVALID'));
    for (const part of [{ name: '' }, { settings: [null] }, { concepts: 'hate' }]) {
      expect(() => safe({ ...SAFETY_PRESETS.max, ...part } as never)).toThrow(withCode('OPTION_INVALID'));
    }
    for (const wrong of [
      { scale: -1 },
      { scale: Number.NaN },
      { method: 'semantic', threshold: 2 },
      { warmup: 51, steps: 50 },
      { steps: 0 },
      { momentum: { scale: 2, beta: 0 } },
      { method: 'magic' },
      { source: 'rumour' },
    ] as object[]) {
      expect(() => safe(presetWith(wrong)), JSON.stringify(wrong)).toThrow(withCode('OPTION_INVALID'));
    }
  });

  it('refuses a model that it has nothing for before the first step', async () => {
    const [first] = SAFETY_PRESETS.strong.settings;
    const preset = { ...SAFETY_PRESETS.strong, settings: [{ ...first!, model: 'acme' }] };
    await expect(generate(sd, 'a king', { guidance: safe(preset) })).rejects.toThrow(withCode('OPTION_INVALID'));
  });
});

describe('a locked safety', () => {
  const king = chain(scale(5));
  const locked = safe('strong', { locked: true, concepts: ['hats'] });
  const text = safetyText(['hats']);

  it('is not weakened by a later link that drops, shrinks or replaces the direction', async () => {
    const recorded = { ...(await traceOfNothing()) };
    for (const later of [scale(0), scale(0.01), rescale(1), replay(recorded, 'replace')]) {
      const without = await finalState(sd, chain(king, later));
      const safer = await finalState(sd, chain(locked, king, later));
      expect(distance(safer, without), later.name).toBeGreaterThan(0.01);
    }
  });

  it('is not outweighed by a later link toward the same concept', async () => {
    const hats = semantic([toward(text, { scale: 20, warmup: 1 })]);
    const safest = await finalState(sd, chain(locked, king));
    const pushed = await finalState(sd, chain(locked, king, hats));
    const open = await finalState(sd, chain(safe('strong', { concepts: ['hats'] }), king, hats));
    expect(distance(pushed, safest)).toBeLessThan(1e-4);
    expect(distance(open, safest)).toBeGreaterThan(1);
  });

  it('leaves alone what other links add elsewhere', async () => {
    const smile = semantic([toward('smile', { scale: 20, warmup: 1 })]);
    const smiling = await finalState(sd, chain(king, smile));
    const plain = await finalState(sd, king);
    const held = await finalState(sd, chain(safe(presetWith({ scale: 0 }), { locked: true }), king, smile));
    const kept = smiling.filter((value, i) => Math.abs(value - plain[i]!) > 0.1 && Math.abs(held[i]! - value) < 0.1);
    const changed = smiling.filter((value, i) => Math.abs(value - plain[i]!) > 0.1);
    expect(kept.length).toBeGreaterThan(0.7 * changed.length);
  });

  it('has the last word over a later link that asks for it too', async () => {
    const dropping: Guidance = {
      name: 'dropping',
      last: true,
      branches: () => [],
      init: () => undefined,
      update: (direction) => direction.times(0),
    };
    const safer = await finalState(sd, chain(locked, king, dropping));
    expect(distance(safer, await finalState(sd, chain(king, dropping)))).toBeGreaterThan(0.01);
  });
});

/** A trace that replaces every direction by none. */
async function traceOfNothing() {
  const shape = [1, 3, 8, 8];
  return {
    space: 'epsilon' as const,
    layout: ['batch', 'channel', 'height', 'width'] as const,
    shape,
    seeds: [3],
    sampler: 'euler',
    stage: 'base',
    gammas: Array.from({ length: 10 }, () => new Float32Array(3 * 8 * 8)),
  };
}

it('the reference model itself is of no family with settings', async () => {
  const { warnings } = await generate(referenceModel(), 'a king', { guidance: safe() });
  expect(warnings).toHaveLength(1);
});
