import { readFileSync } from 'node:fs';
import { openBundle, type TextTokenizer } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { afterAll, describe, expect, it } from 'vitest';
import { diffusersFolder, removeFixtures } from './fixtures.js';

interface Case {
  readonly name: string;
  readonly files: Record<string, unknown>;
  readonly maxLength: number;
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
}

const path = new URL('../../../test/vectors/tokenizers-bytes.json', import.meta.url);
const { cases } = JSON.parse(readFileSync(path, 'utf8')) as { readonly cases: readonly Case[] };

async function tokenizer(files: Record<string, unknown>): Promise<TextTokenizer> {
  const tree = Object.fromEntries(Object.entries(files).map(([name, value]) => [`tokenizer/${name}`, value]));
  const clip = { 'tokenizer/vocab.json': undefined, 'tokenizer/merges.txt': undefined };
  return (await openBundle(folder(diffusersFolder({ ...clip, ...tree })))).tokenizer();
}

afterAll(removeFixtures);

describe('byte tokenizer', () => {
  it.each(cases)('reads $texts.length texts as the reference does: $name', async ({ files, maxLength, texts, ids }) => {
    const bytes = await tokenizer(files);
    expect(bytes.maxLength).toBe(maxLength);
    expect(texts.length).toBeGreaterThan(150);
    for (const [i, text] of texts.entries()) {
      const encoded = bytes.encode(text);
      expect({ text, ids: [...encoded.ids] }).toEqual({ text, ids: ids[i] });
      expect([...encoded.mask]).toEqual(ids[i]!.map(() => 1));
    }
  });

  it('names what it dropped from the first word that did not fit whole', async () => {
    const bytes = await tokenizer(cases.find(({ name }) => name === 'short')!.files);
    expect(bytes.encode('a portrait of a king').dropped).toBe('king');
    expect(bytes.encode('exactly fifteen').dropped).toBe('');
    expect(bytes.encode('exactly sixteen ').dropped).toBe('');
    expect(bytes.encode('a'.repeat(16)).dropped).toBe('a'.repeat(16));
  });
});
