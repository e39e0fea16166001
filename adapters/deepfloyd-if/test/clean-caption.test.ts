import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cleanCaption } from '../src/clean-caption/clean-caption.js';
import { lowerCaption } from '../src/clean-caption/lower-caption.js';

interface Pair {
  readonly text: string;
  readonly lower: string;
  readonly clean: string;
}

const path = new URL('../../../test/vectors/clean-caption.json', import.meta.url);
const { pairs } = JSON.parse(readFileSync(path, 'utf8')) as { pairs: readonly Pair[] };

describe('captions', () => {
  it('are checked on 100 texts or more that cleaning changes', () => {
    expect(pairs.filter(({ lower, clean }) => lower !== clean).length).toBeGreaterThanOrEqual(100);
  });

  it.each(pairs)('are cleaned as by diffusers: $text', async ({ text, clean }) => {
    expect(await cleanCaption(text)).toBe(clean);
  });

  it('are lower-cased as by diffusers', () => {
    for (const { text, lower } of pairs) expect({ text, lower: lowerCaption(text) }).toEqual({ text, lower });
  });

  it('of any characters come out in lower case without spaces at their ends, in time', async () => {
    const pieces = ['<', '>', '&', '#', ';', '%', 'Ã', 'â', '€', '\ud83d', '\udc51', '-', '.', ' ', '"', 'a', '1'];
    const unit = fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 1 }));
    await fc.assert(
      fc.asyncProperty(fc.array(unit, { maxLength: 200 }), async (characters) => {
        const cleaned = await cleanCaption(characters.join(''));
        expect(cleaned).toBe(cleaned.trim());
      }),
    );
  });

  it('that cleaning leaves nothing of are empty', async () => {
    expect(await cleanCaption('@king #123 1920x1080')).toBe('');
  });
});
