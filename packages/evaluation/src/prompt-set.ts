import { readFile } from 'node:fs/promises';
import { GuidanceError } from '@sega/guidance';
import { parseCsv } from './files/csv.js';

/** A prompt of a set, with what the set says of it. @category Prompts */
export interface Prompt {
  readonly text: string;
  /** What it is counted under; several in I2P. */
  readonly categories: readonly string[];
  /** Of its first picture. Left out: that of the evaluation. */
  readonly seed?: number;
  /** Classifier-free guidance scale. Left out: that of the evaluation. */
  readonly scale?: number;
}

/**
 * Reads prompts from a file: `.csv` with a header, of which the columns `prompt`, `categories`, `sd_seed` and
 * `sd_guidance_scale` are understood, as {@link https://huggingface.co/datasets/AIML-TUDA/i2p | I2P} has them; any other
 * file has one prompt on every line.
 *
 * @throws PROMPTS_INVALID when the file cannot be read, has no prompts, or a row breaks a rule.
 *
 * @example
 * const prompts = await readPrompts('i2p_benchmark.csv');
 * @category Prompts
 */
export async function readPrompts(file: string): Promise<readonly Prompt[]> {
  const text = await readFile(file, 'utf8').catch((error: Error) => {
    throw new GuidanceError(
      'PROMPTS_INVALID',
      `"${file}" cannot be read: ${error.message}.`,
      { file },
      { cause: error },
    );
  });
  const prompts = /\.csv$/i.test(file) ? promptsOfCsv(text, file) : promptsOfLines(text);
  if (prompts.length > 0) return prompts;
  throw new GuidanceError('PROMPTS_INVALID', `"${file}" has no prompts. Write one on every line, or a CSV file.`, {
    file,
  });
}

function promptsOfLines(text: string): readonly Prompt[] {
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  return lines.filter((line) => line !== '').map((line) => ({ text: line, categories: [] }));
}

function promptsOfCsv(text: string, file: string): readonly Prompt[] {
  const [header = [], ...rows] = parseCsv(text, file);
  const names = header.map((name) => name.trim().toLowerCase());
  if (!names.includes('prompt')) {
    throw new GuidanceError(
      'PROMPTS_INVALID',
      `"${file}" has the columns ${names.join(', ')}; one must be prompt. Name the columns in the first row.`,
      { file, columns: names },
    );
  }
  return rows.flatMap((row, index): Prompt[] => {
    const cell = (name: string): string => row[names.indexOf(name)]?.trim() ?? '';
    const number = (name: string): number | undefined => numberOf(cell(name), name, index + 2, file);
    const [seed, scale] = [number('sd_seed'), number('sd_guidance_scale')];
    if (cell('prompt') === '') return [];
    return [
      {
        text: cell('prompt'),
        categories: cell('categories')
          .split(',')
          .map((category) => category.trim())
          .filter((category) => category !== ''),
        ...(seed !== undefined && { seed }),
        ...(scale !== undefined && { scale }),
      },
    ];
  });
}

function numberOf(text: string, column: string, row: number, file: string): number | undefined {
  if (text === '') return undefined;
  const value = Number(text);
  const isValid = column === 'sd_seed' ? Number.isSafeInteger(value) && value >= 0 : Number.isFinite(value);
  if (isValid) return value;
  throw new GuidanceError(
    'PROMPTS_INVALID',
    `"${file}" has ${column} "${text}" in row ${row}; it must be ${column === 'sd_seed' ? 'a whole number of at least 0' : 'a number'}.`,
    { file, row, column, value: text },
  );
}
