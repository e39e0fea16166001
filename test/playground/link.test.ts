import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromHash, toHash } from '../../examples/playground/src/settings/link.js';
import { INITIAL_SETTINGS, INITIAL_VIEW, PANELS } from '../../examples/playground/src/settings/settings.js';

const text = fc.string({ unit: 'grapheme' });
const word = text.map((one) => one.trim()).filter((one) => one !== '');
const optional = fc.option(
  fc.double({ min: 0, max: 50, noNaN: true }).map((value) => value + 0),
  { nil: undefined },
);
const settings = fc.record({
  model: fc.constantFrom('stable-diffusion', 'deepfloyd-if', 'paella'),
  prompt: text,
  seed: fc.nat(),
  concepts: fc.array(
    fc.record({ text: word, strength: fc.integer({ min: -24, max: 24 }).map((half) => half / 2 + 0) }),
  ),
  threshold: optional,
  warmup: optional,
  cooldown: optional,
  momentum: optional,
  scale: optional,
  steps: optional,
  sampler: fc.option(word, { nil: undefined }),
});
const view = fc.record({
  panel: fc.constantFrom(...PANELS),
  wipe: fc.integer({ min: 0, max: 100 }),
  swept: fc.nat({ max: 9 }),
  prompts: fc.array(text, { minLength: 1, maxLength: 6 }),
});

describe('a link', () => {
  it('restores what it was made of', () => {
    fc.assert(
      fc.property(settings, view, (asked, shown) => {
        expect(fromHash(toHash(asked, shown))).toEqual({ settings: asked, view: shown });
      }),
    );
  });

  it('that is damaged restores what can be shown', () => {
    fc.assert(
      fc.property(text, (damage) => {
        const restored = fromHash(
          `#prompt=a&seed=${damage}&concept=${damage}&wipe=${damage}&panel=${damage}&model=${damage}`,
        );
        expect(restored.view.wipe).toBeGreaterThanOrEqual(0);
        expect(PANELS).toContain(restored.view.panel);
        expect(restored.settings.concepts.every(({ strength }) => Math.abs(strength) <= 12)).toBe(true);
      }),
    );
  });

  it.each([
    ['/models/mine', '/models/mine'],
    ['//elsewhere.example/models', 'stable-diffusion'],
    ['/\\elsewhere.example/models', 'stable-diffusion'],
    ['https://elsewhere.example/models', 'stable-diffusion'],
  ])('that names the model %s draws with %s', (named, model) => {
    expect(fromHash(`#prompt=a&model=${encodeURIComponent(named)}`).settings.model).toBe(model);
  });

  it('without a prompt shows what is shown first, with the model it names', () => {
    expect(fromHash('')).toEqual({ settings: INITIAL_SETTINGS, view: INITIAL_VIEW });
    expect(fromHash('#model=deepfloyd-if').settings).toEqual({ ...INITIAL_SETTINGS, model: 'deepfloyd-if' });
  });
});
