import { readFileSync } from 'node:fs';
import { openBundle, type TextTokenizer } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { diffusersFolder, removeFixtures } from './fixtures.js';

interface Vectors {
  readonly vocab: Record<string, number>;
  readonly merges: string;
  readonly tokenizerJson: { readonly model: Record<string, unknown> };
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

const path = new URL('../../../test/vectors/tokenizers.json', import.meta.url);
const vectors = JSON.parse(readFileSync(path, 'utf8')) as Vectors;
const original = { 'vocab.json': vectors.vocab, 'merges.txt': vectors.merges };
const NO_TOKENIZER = { 'tokenizer/vocab.json': undefined, 'tokenizer/merges.txt': undefined };
const plain = vectors.cases.find(({ name }) => name === 'plain')!;

async function tokenizer(files: Record<string, unknown>): Promise<TextTokenizer> {
  const tree = Object.fromEntries(Object.entries(files).map(([name, value]) => [`tokenizer/${name}`, value]));
  const bundle = await openBundle(folder(diffusersFolder({ ...NO_TOKENIZER, ...tree })));
  return bundle.tokenizer();
}

function expectCase(actual: TextTokenizer, expected: Vectors['cases'][number]): void {
  expect(actual.maxLength).toBe(expected.maxLength);
  for (const [i, text] of expected.texts.entries()) {
    const ids = new Array(expected.maxLength).fill(expected.padding);
    expected.ids[i]!.forEach((id, place) => {
      ids[place] = id;
    });
    const encoded = actual.encode(text);
    expect({ text, ids: [...encoded.ids] }).toEqual({ text, ids });
    expect(encoded.mask.indexOf(0)).toBe(expected.tokens[i]! < expected.maxLength ? expected.tokens[i]! : -1);
  }
}

afterAll(removeFixtures);

describe('tokenizer', () => {
  it.each(vectors.cases)('vocab.json and merges.txt give the ids of transformers: $name', async (expected) => {
    expectCase(await tokenizer({ ...original, ...expected.files }), expected);
  });

  it('tokenizer.json gives the ids of transformers', async () => {
    const merges = vectors.merges
      .split('\n')
      .slice(1)
      .filter((line) => line !== '');
    const { tokenizerJson: whole, vocab } = vectors;
    for (const written of [merges, merges.map((line) => line.split(' '))]) {
      const value = { ...whole, model: { ...whole.model, vocab, merges: written } };
      expectCase(await tokenizer({ 'tokenizer.json': value }), plain);
      expectCase(await tokenizer({ 'tokenizer.json': value, ...original, ...plain.files }), plain);
    }
  });

  it('reads 77 tokens and <|endoftext|> as padding when no settings file is there', async () => {
    expectCase(await tokenizer(original), plain);
  });

  it('drops nothing from a text that fits, and names the words that do not, as written', async () => {
    const { encode, maxLength } = await bound(original);
    const fitting = Array.from({ length: maxLength - 2 }, () => 'king');
    expect(encode(fitting.join(' ')).dropped).toBe('');
    expect(encode(`${fitting.join(' ')}  Queen,\n of  Hearts `).dropped).toBe('Queen,\n of  Hearts');
    expect(encode(`${fitting.slice(1).join(' ')} supercalifragilistic end`).dropped).toBe('supercalifragilistic end');
    expect(encode('').dropped).toBe('');
  });

  it('keeps begin and end marks around a text that was cut', async () => {
    const { encode, maxLength } = await bound(original);
    const { ids, mask } = encode('king '.repeat(400));
    expect([ids[0], ids[maxLength - 1]]).toEqual([vectors.vocab['<|startoftext|>'], vectors.vocab['<|endoftext|>']]);
    expect(mask.every((value) => value === 1)).toBe(true);
  });

  it('encodes 10,000 words, and one word of 100,000 letters, in under two seconds', async () => {
    const { encode } = await bound(original);
    const words = Array.from({ length: 10_000 }, (_, i) => `word${i}`);
    const start = performance.now();
    const { dropped } = encode(words.join(' '));
    expect(words.join(' ').endsWith(dropped)).toBe(true);
    expect(dropped.endsWith('word9999')).toBe(true);
    expect(encode('ab'.repeat(50_000)).dropped.length).toBe(100_000);
    expect(performance.now() - start).toBeLessThan(2000);
  });

  it('gives the same ids whatever lies beyond the cut', async () => {
    const { encode } = await bound(original);
    const start = 'a king, '.repeat(40);
    const expected = [...encode(start).ids];
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (tail) => {
        expect([...encode(`${start} ${tail}`).ids]).toEqual(expected);
      }),
      { numRuns: 50 },
    );
  });

  it('accepts any string', async () => {
    const { encode, maxLength } = await bound(original);
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const { ids, mask, dropped } = encode(text);
        expect([ids.length, mask.length]).toEqual([maxLength, maxLength]);
        expect(ids.every((id) => id >= 0 && id < 840)).toBe(true);
        expect(text.includes(dropped)).toBe(true);
      }),
    );
  });
});

describe('a broken tokenizer is TOKENIZER_INVALID', () => {
  const { '!</w>': _, ...withoutToken } = vectors.vocab;
  const { '<|endoftext|>': __, ...withoutEnd } = vectors.vocab;
  it.each<[string, Record<string, unknown>, RegExp]>([
    ['without merges', { 'vocab.json': vectors.vocab }, /tokenizer\/merges\.txt is missing/],
    ['without a vocabulary', { 'merges.txt': vectors.merges }, /tokenizer\/vocab\.json is missing/],
    ['without files', { 'tokenizer_config.json': {} }, /vocab\.json is missing/],
    ['with truncated JSON', { ...original, 'vocab.json': '{"a": 1' }, /vocab\.json of .* is not valid JSON/],
    ['with a list as vocabulary', { ...original, 'vocab.json': ['a'] }, /vocab\.json holds no tokens/],
    ['with a text as id', { ...original, 'vocab.json': { a: '1' } }, /maps "a" to "1"/],
    ['with an odd merge', { ...original, 'merges.txt': '#version: 0.2\na b c\n' }, /line 2 is "a b c"/],
    [
      'with a foreign merge',
      { ...original, 'merges.txt': 'q q\n' },
      /line 1 makes "qq", which vocab\.json does not list/,
    ],
    [
      'without the end mark',
      { ...original, 'vocab.json': withoutEnd },
      /no entry for the special token <\|endoftext\|>/,
    ],
    ['with settings that are no object', { ...original, 'tokenizer_config.json': [] }, /must hold a JSON object/],
    ['with a tokenizer.json without a model', { 'tokenizer.json': {} }, /must be an object with a model/],
    [
      'with an unknown model',
      { 'tokenizer.json': { model: { type: 'Rune' }, added_tokens: [{ content: '<|endoftext|>', id: 0 }] } },
      /cannot be built/,
    ],
    [
      'with nothing to pad with',
      { 'tokenizer.json': { model: { type: 'BPE', vocab: { a: 0 }, merges: [] } } },
      /no padding/,
    ],
  ])('%s', async (_name, files, message) => {
    await expect(tokenizer(files)).rejects.toMatchObject({
      code: 'TOKENIZER_INVALID',
      message: expect.stringMatching(message),
    });
  });

  it('but a token that only no merge makes may be absent', async () => {
    await expect(tokenizer({ ...original, 'vocab.json': withoutToken })).resolves.toBeDefined();
  });
});

async function bound(files: Record<string, unknown>): Promise<Pick<TextTokenizer, 'encode' | 'maxLength'>> {
  const made = await tokenizer(files);
  return { encode: (text) => made.encode(text), maxLength: made.maxLength };
}
