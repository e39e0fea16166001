import type { Image } from '@sega/guidance';
import type { Pair } from '../drawing/studio.js';
import { enlarged } from './enlarged.js';
import { metadataOf } from './metadata.js';
import { encodePng } from './png.js';

/** Pixels of a shared picture for each of the model's. */
const SHARED_FACTOR = 8;

/** Saves the steered picture, pixel for pixel as the model drew it. */
export async function savePicture({ loaded, wish, after }: Pair): Promise<void> {
  save(await encodePng(after.image, metadataOf(loaded, wish)), `${fileName(wish.prompt)}-${wish.seed}.png`);
}

/** Saves both pictures side by side, enlarged, for showing around. */
export async function saveBoth({ loaded, wish, before, after }: Pair): Promise<void> {
  const both = await Promise.all([before, after].map(({ image }) => enlarged(image, SHARED_FACTOR)));
  const png = await encodePng(sideBySide(both as [ImageData, ImageData]), metadataOf(loaded, wish));
  save(png, `${fileName(wish.prompt)}-${wish.seed}-before-after.png`);
}

function sideBySide(pictures: readonly [ImageData, ImageData]): Image {
  const [{ width, height }] = pictures;
  const data = new Uint8Array(width * 2 * height * 3);
  for (const [column, { data: rgba }] of pictures.entries()) {
    for (let i = 0; i < width * height; i++) {
      const target = (Math.floor(i / width) * width * 2 + column * width + (i % width)) * 3;
      for (let c = 0; c < 3; c++) data[target + c] = rgba[i * 4 + c]!;
    }
  }
  return { width: width * 2, height, data };
}

function fileName(prompt: string): string {
  const words = prompt
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '-')
    .replace(/^-|-$/g, '');
  return words.slice(0, 40) || 'picture';
}

function save(file: Blob, name: string): void {
  const anchor = document.createElement('a');
  anchor.href = URL.createObjectURL(file);
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(anchor.href), 10_000);
}
