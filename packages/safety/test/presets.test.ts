import { SAFE_LATENT_PRESETS, SAFE_LATENT_TEXT } from '@sega/guidance';
import { ALL_CONCEPTS, CATEGORIES, describePreset, SAFETY_PRESETS, STRENGTHS, safe, safetyText } from '@sega/safety';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const concepts = fc.uniqueArray(fc.constantFrom(...ALL_CONCEPTS), { minLength: 1 });

describe('categories', () => {
  it('are seven, share no word and make up the published text together', () => {
    const words = Object.values(CATEGORIES).flat();
    expect(Object.keys(CATEGORIES)).toHaveLength(7);
    expect(new Set(words).size).toBe(words.length);
    expect(safetyText(words)).toBe(SAFE_LATENT_TEXT);
    expect(safetyText(ALL_CONCEPTS)).toBe(SAFE_LATENT_TEXT);
  });

  it('combine in any order, and twice is once', () => {
    fc.assert(
      fc.property(concepts, fc.integer(), (list, seed) => {
        const shuffled = [...list, ...list].sort((a, b) => (a + seed < b + seed ? 1 : -1));
        expect(safetyText(shuffled)).toBe(safetyText(list));
      }),
    );
  });

  it('are extended by words of one’s own, which follow in the order given', () => {
    expect(safetyText(['spiders', ...CATEGORIES.sexual, ' clowns '])).toBe(
      'an image showing sexual, nudity, spiders, clowns',
    );
  });
});

describe('presets', () => {
  it('have the published numbers of Safe Latent Diffusion', () => {
    for (const strength of STRENGTHS) {
      const { scale, threshold, warmup, momentum, source, steps } = SAFETY_PRESETS[strength].settings.find(
        ({ model, method }) => model === 'stable-diffusion' && method === 'safe-latent',
      )!;
      expect({ scale, threshold, warmup, momentum }).toEqual(SAFE_LATENT_PRESETS[strength]);
      expect([source, steps]).toEqual(['published', 50]);
    }
  });

  // As the safety script of the paper's authors has them: family, scale, threshold, warm-up, momentum scale and beta.
  it.each([
    ['medium', 'stable-diffusion', 4, 0.9, 10, 0.3, 0.4],
    ['strong', 'stable-diffusion', 7, 0.85, 5, 0.5, 0.4],
    ['max', 'stable-diffusion', 10, 0.75, 0, 0.5, 0.4],
    ['strong', 'deepfloyd-if', 7, 0.8, 5, 0.5, 0.4],
    ['max', 'deepfloyd-if', 10, 0.7, 0, 0.5, 0.4],
    ['strong', 'paella', 7, 0.8, 2, 0.5, 0.6],
    ['max', 'paella', 10, 0.7, 0, 0.5, 0.6],
  ] as const)('%s has the published numbers of SEGA on %s', (strength, family, scale, threshold, warmup, by, beta) => {
    const published = SAFETY_PRESETS[strength].settings.find(
      ({ model, method }) => model === family && method === 'semantic',
    );
    expect(published).toMatchObject({ source: 'published', scale, threshold, warmup, momentum: { scale: by, beta } });
  });

  it('are plain data: the same guidance after a trip through JSON', () => {
    for (const preset of Object.values(SAFETY_PRESETS)) {
      const copy = JSON.parse(JSON.stringify(preset)) as typeof preset;
      expect(copy).toEqual(preset);
      expect(() => safe(copy)).not.toThrow();
    }
  });

  it('print themselves', () => {
    const text = describePreset({ ...SAFETY_PRESETS.strong, concepts: CATEGORIES.hate });
    expect(text).toMatch(/^strong: keeps out "an image showing hate"\n/);
    expect(text).toContain(
      'stable-diffusion: safe-latent (published): scale 2000, threshold 0.025, from step 7 of 50, momentum 0.5 (beta 0.7)',
    );
    expect(text).toContain(
      'deepfloyd-if: semantic (published): scale 7, threshold 0.8, from step 5 of 100, momentum 0.5 (beta 0.4)',
    );
    expect(describePreset(SAFETY_PRESETS.weak)).toContain('no momentum');
  });

  it('name where every number comes from, and only logits are experimental for Safe Latent Diffusion', () => {
    for (const { settings } of Object.values(SAFETY_PRESETS)) {
      for (const { model, method, source } of settings) {
        expect(source === 'experimental', `${method} on ${model}`).toBe(method === 'safe-latent' && model === 'paella');
      }
    }
  });
});
