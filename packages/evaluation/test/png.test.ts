import fc from 'fast-check';
import { decode } from 'fast-png';
import { describe, expect, it } from 'vitest';
import { decodePng, encodePng } from '../src/files.js';

const image = {
  width: 5,
  height: 3,
  data: Uint8Array.from({ length: 45 }, (_, i) => (i * 37) % 256),
};

describe('PNG', () => {
  it('pixels and texts come back as they went in', () => {
    const texts = { prompt: 'a portrait of a king', seed: '21', note: 'two\nlines' };
    expect(decodePng(encodePng(image, texts))).toEqual({ image, texts });
  });

  it('any Unicode text survives', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (prompt) => {
        expect(decodePng(encodePng(image, { prompt })).texts).toEqual({ prompt });
      }),
      { examples: [['ein König'], ['国王の肖像'], ['👑'], [''], ['a\u0000b'], ['\u0085'], ['tab\there']] },
    );
  });

  it('the same picture and texts give the same bytes', () => {
    expect(encodePng(image, { prompt: '国王' })).toEqual(encodePng(image, { prompt: '国王' }));
  });

  it('another decoder reads the pixels, and Latin-1 texts as tEXt', () => {
    const decoded = decode(encodePng(image, { prompt: 'ein König', other: '国王' }), { checkCrc: true });
    expect([decoded.width, decoded.height, decoded.channels, decoded.depth]).toEqual([5, 3, 3, 8]);
    expect(Uint8Array.from(decoded.data)).toEqual(image.data);
    expect(decoded.text).toEqual({ prompt: 'ein König' });
  });

  it('refuses bytes that are no PNG, every truncation, and a corrupt text', () => {
    const png = encodePng(image, { prompt: 'a king' });
    expect(() => decodePng(Buffer.from('hello, world'))).toThrow(/signature/);
    for (let length = 0; length < png.length; length += 7) {
      expect(() => decodePng(png.subarray(0, length))).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
    }
    const corrupt = Uint8Array.from(png);
    corrupt[png.indexOf(0x6b, 40)]! ^= 1; // the k of king
    expect(() => decodePng(corrupt)).toThrow(/tEXt chunk is corrupt/);
  });
});
