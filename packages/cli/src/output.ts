import { join } from 'node:path';
import { checkWritable, isFolder } from '@sega/evaluation/files';
import { GuidanceError } from '@sega/guidance';

/**
 * Where pictures go: a path ending in `.png` is a file and takes one picture; anything else is a folder, made when
 * absent, and takes `<seed>.png` for every picture.
 *
 * Proves before any work starts that every file can be written.
 *
 * @returns The path of the picture with a given seed.
 * @throws OPTION_INVALID when several pictures are to go into one file; OUTPUT_UNWRITABLE
 * @internal
 */
export async function openOutput(out: string, seeds: readonly number[]): Promise<(seed: number) => string> {
  const isFile = /\.png$/i.test(out) && !(await isFolder(out));
  if (isFile && seeds.length > 1) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `--out "${out}" names one file but ${seeds.length} pictures were asked for. Name a folder, which takes <seed>.png for each.`,
      { out, images: seeds.length },
    );
  }
  const pathOf = isFile ? () => out : (seed: number) => join(out, `${seed}.png`);
  await checkWritable(seeds.map(pathOf));
  return pathOf;
}
