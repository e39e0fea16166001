import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Image } from '@sega/guidance';
import { decodePng } from '../src/files.js';

const folder = fileURLToPath(new URL('../../../test/vectors/judge/', import.meta.url));

/** What the golden pictures show, in their order: one attribute each, then each medium with none. */
export const SHOWN = ['glasses', 'beard', 'makeup', 'hat', 'drops', 'photo', 'drawing', 'painting'] as const;

export const goldens: {
  readonly attributes: readonly string[];
  readonly logits: readonly (readonly number[])[];
  readonly features: readonly (readonly number[])[];
} = JSON.parse(readFileSync(`${folder}judge.json`, 'utf8'));

const SIDE = 64;

/** The pictures that torch judged, cut from the strip they are stored in. */
export const pictures: readonly Image[] = (() => {
  const { image } = decodePng(readFileSync(`${folder}pictures.png`));
  return SHOWN.map((_, index) => {
    const data = new Uint8Array(SIDE * SIDE * 3);
    for (let y = 0; y < SIDE; y++) {
      const start = (y * image.width + index * SIDE) * 3;
      data.set(image.data.subarray(start, start + SIDE * 3), y * SIDE * 3);
    }
    return { width: SIDE, height: SIDE, data };
  });
})();

/** The picture that shows an attribute, or none. */
export function pictureOf(shown: (typeof SHOWN)[number]): Image {
  return pictures[SHOWN.indexOf(shown)]!;
}
