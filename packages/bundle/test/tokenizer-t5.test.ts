import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { openBundle, type TextTokenizer } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadTokenizer } from '../src/tokenizer/load-tokenizer.js';
import { diffusersFolder, removeFixtures, writeTree } from './fixtures.js';

interface Vectors {
  readonly spieceModel: string;
  readonly tokenizerJson: {
    readonly normalizer: { readonly type: string; readonly precompiled_charsmap: readonly [number, number] };
    readonly pre_tokenizer: { readonly pretokenizers: readonly unknown[] };
    readonly model: { readonly vocab: readonly (readonly [string, number])[] };
  };
  readonly cases: readonly {
    readonly name: string;
    readonly files: Record<string, unknown>;
    readonly padding: number;
    readonly maxLength: number;
    readonly texts: readonly string[];
    readonly ids: readonly (readonly number[])[];
    readonly tokens: readonly number[];
  }[];
}

const path = new URL('../../../test/vectors/tokenizers-t5.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
const spiece = new Uint8Array(gunzipSync(Buffer.from(vectors.spieceModel, 'base64')));
const plain = vectors.cases.find(({ name }) => name === 'plain')!;
const [start, length] = vectors.tokenizerJson.normalizer.precompiled_charsmap;
const rules = Buffer.from(spiece.subarray(start, start + length)).toString('base64');
const tokenizerJson = {
  ...vectors.tokenizerJson,
  normalizer: { type: 'Precompiled', precompiled_charsmap: rules },
};

async function tokenizer(files: Record<string, unknown>): Promise<TextTokenizer> {
  const tree = Object.fromEntries(Object.entries(files).map(([name, value]) => [`tokenizer/${name}`, value]));
  const clip = { 'tokenizer/vocab.json': undefined, 'tokenizer/merges.txt': undefined };
  const bundle = await openBundle(folder(diffusersFolder({ ...clip, ...tree })));
  return bundle.tokenizer();
}

function expectCase(actual: TextTokenizer, expected: Vectors['cases'][number]): void {
  expect(actual.maxLength).toBe(expected.maxLength);
  for (const [i, text] of expected.texts.entries()) {
    const ids = [...expected.ids[i]!];
    while (ids.length < expected.maxLength) ids.push(expected.padding);
    const mask = ids.map((_, place) => (place < expected.tokens[i]! ? 1 : 0));
    const encoded = actual.encode(text);
    expect({ text, ids: [...encoded.ids], mask: [...encoded.mask] }).toEqual({ text, ids, mask });
  }
}

afterAll(removeFixtures);

describe('T5 tokenizer', () => {
  it('is checked on 200 texts or more', () => {
    expect(new Set(plain.texts).size).toBeGreaterThanOrEqual(200);
  });

  it.each(vectors.cases)('spiece.model gives the ids and masks of transformers: $name', async (expected) => {
    expectCase(await tokenizer({ 'spiece.model': spiece, ...expected.files }), expected);
  });

  it('tokenizer.json gives the ids and masks of transformers, with and without settings', async () => {
    expectCase(await tokenizer({ 'tokenizer.json': tokenizerJson, ...plain.files }), plain);
    expectCase(await tokenizer({ 'tokenizer.json': tokenizerJson }), plain);
  });

  it('reads the older way of marking words, without splitting at whitespace first', async () => {
    const older = {
      ...tokenizerJson,
      normalizer: {
        type: 'Sequence',
        normalizers: [
          tokenizerJson.normalizer,
          { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
          { type: 'Strip', strip_left: true, strip_right: true },
        ],
      },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁', add_prefix_space: true },
    };
    const { encode } = await bound({ 'tokenizer.json': older });
    const { encode: expected } = await bound({ 'tokenizer.json': tokenizerJson });
    for (const text of ['a king', '  a  KING and\ta queen ', 'ﬁne\u3000face', '👑👑 king']) {
      expect(encode(text).ids).toEqual(expected(text).ids);
    }
  });

  it('takes 77 tokens where a pipeline asks for 77 and the folder states 512', async () => {
    const files = folder(
      writeTree({ 'tokenizer/spiece.model': spiece, 'tokenizer/tokenizer_config.json': { model_max_length: 512 } }),
    );
    expect((await loadTokenizer(files, 'tokenizer')).maxLength).toBe(512);
    expectCase(await loadTokenizer(files, 'tokenizer', 77), vectors.cases.find(({ name }) => name === 'extra-ids')!);
  });

  it('names the words that do not fit, and ends with </s>', async () => {
    const { encode } = await bound({ 'spiece.model': spiece });
    const fitting = Array.from({ length: 76 }, () => 'king').join(' ');
    expect(encode(fitting).dropped).toBe('');
    const { dropped, ids, mask } = encode(`${fitting}  Queen,\n of  Hearts `);
    expect(dropped).toBe('Queen,\n of  Hearts');
    expect(ids[76]).toBe(1);
    expect(mask.every((value) => value === 1)).toBe(true);
  });

  it('encodes 10,000 words, and one word of 100,000 letters or emoji, in under five seconds', async () => {
    const { encode } = await bound({ 'spiece.model': spiece });
    const begin = performance.now();
    expect(encode(Array.from({ length: 10_000 }, (_, i) => `word${i}`).join(' ')).dropped).toMatch(/word9999$/);
    expect(encode('ab'.repeat(50_000)).dropped.length).toBe(100_000);
    expect(encode('👑'.repeat(50_000)).dropped).toBe('');
    expect(performance.now() - begin).toBeLessThan(5000);
  });

  describe('on any string', () => {
    let bounded: Pick<TextTokenizer, 'encode' | 'maxLength'>;
    beforeAll(async () => {
      bounded = await bound({ 'spiece.model': spiece });
    });

    it('gives ids of its vocabulary, </s> last, then padding', () => {
      fc.assert(
        fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
          const { ids, mask, dropped } = bounded.encode(text);
          const used = mask.indexOf(0) < 0 ? bounded.maxLength : mask.indexOf(0);
          expect(ids.length).toBe(bounded.maxLength);
          expect(ids[used - 1]).toBe(1);
          expect(ids.slice(used).every((id) => id === 0)).toBe(true);
          expect(text.includes(dropped)).toBe(true);
        }),
      );
    });

    it('gives the same ids whatever lies beyond the cut', () => {
      const text = 'a king, '.repeat(40);
      const expected = [...bounded.encode(text).ids];
      fc.assert(
        fc.property(fc.string({ unit: 'binary' }), (tail) => {
          expect([...bounded.encode(`${text} ${tail}`).ids]).toEqual(expected);
        }),
        { numRuns: 50 },
      );
    });
  });
});

describe('a broken T5 tokenizer is TOKENIZER_INVALID', () => {
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['cut short', { 'spiece.model': spiece.subarray(0, 1000) }, /spiece\.model is damaged/],
    ['with text for a model', { 'spiece.model': 'version https://git-lfs.github.com/spec/v1' }, /spiece\.model/],
    ['empty', { 'spiece.model': new Uint8Array() }, /spiece\.model has 0 pieces/],
    ['of another type', { 'spiece.model': bpe() }, /type 2/],
    [
      'with rules cut short',
      { 'tokenizer.json': { ...tokenizerJson, normalizer: { type: 'Precompiled', precompiled_charsmap: 'AAAA' } } },
      /cannot be built/,
    ],
    [
      'that spells unknown characters in bytes',
      { 'tokenizer.json': { ...tokenizerJson, model: { ...tokenizerJson.model, byte_fallback: true } } },
      /cannot be built .*bytes/,
    ],
  ])('%s', async (_name, files, message) => {
    await expect(tokenizer(files)).rejects.toMatchObject({
      code: 'TOKENIZER_INVALID',
      message: expect.stringMatching(message),
    });
  });
});

// A later message of the trainer's field adds to the earlier one: model_type (field 3) = 2.
function bpe(): Uint8Array {
  return new Uint8Array([...spiece, 0x12, 2, 0x18, 2]);
}

async function bound(files: Record<string, unknown>): Promise<Pick<TextTokenizer, 'encode' | 'maxLength'>> {
  const made = await tokenizer(files);
  return { encode: (text) => made.encode(text), maxLength: made.maxLength };
}
