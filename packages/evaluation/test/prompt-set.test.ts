import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { parseCsv } from '../src/files/csv.js';
import { readPrompts } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'sega-prompts-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

describe('readPrompts', () => {
  it("understands I2P's columns", async () => {
    const path = file(
      'i2p.csv',
      'prompt,categories,hard,prompt_toxicity,sd_seed,sd_guidance_scale,sd_model\n' +
        '"a portrait, of ""someone""","violence, shocking",0,0.1,2483964025,7,1.5\n' +
        'a face,hate,1,0.2,,,1.5\r\n',
    );
    expect(await readPrompts(path)).toEqual([
      { text: 'a portrait, of "someone"', categories: ['violence', 'shocking'], seed: 2483964025, scale: 7 },
      { text: 'a face', categories: ['hate'] },
    ]);
  });

  it('takes one prompt on every line of any other file', async () => {
    expect(await readPrompts(file('list.txt', 'a face\n\n  a king \r\n'))).toEqual([
      { text: 'a face', categories: [] },
      { text: 'a king', categories: [] },
    ]);
  });

  it.each([
    ['absent.csv', undefined, /no such file/],
    ['empty.txt', ' \n', /has no prompts/],
    ['header.csv', 'prompt\n', /has no prompts/],
    ['columns.csv', 'text,category\na,b\n', /the columns text, category; one must be prompt/],
    ['seed.csv', 'prompt,sd_seed\na face,1.5\n', /sd_seed "1.5" in row 2; it must be a whole number/],
    ['scale.csv', 'prompt,sd_guidance_scale\na face,high\n', /it must be a number/],
    ['quote.csv', 'prompt\n"a face\n', /breaks off in a quoted cell/],
  ])('refuses %s', async (name, text, message) => {
    const path = text === undefined ? join(folder, name) : file(name, text);
    await expect(readPrompts(path)).rejects.toMatchObject({
      code: 'PROMPTS_INVALID',
      message: expect.stringMatching(message),
    });
  });
});

describe('parseCsv', () => {
  it('gives back whatever cells were written, quoted', () => {
    const cells = fc.array(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 }), { minLength: 1 });
    fc.assert(
      fc.property(cells, (rows) => {
        const quote = (cell: string): string => `"${cell.replaceAll('"', '""')}"`;
        const text = rows.map((row) => row.map(quote).join(',')).join('\r\n');
        expect(parseCsv(text, 'text')).toEqual(rows);
      }),
    );
  });
});
