import { GuidanceError, type Image } from '@sega/guidance';
import { decode, encode } from 'fast-png';
import { insertText, readText } from './png-text.js';

/**
 * A picture as the bytes of a PNG file, with texts beside the pixels.
 *
 * The same picture and texts always give the same bytes: the file holds no date, and compression is the same code on
 * every machine. Texts may be any Unicode.
 *
 * @param image - 8-bit RGB, width × height × 3 bytes.
 * @param texts - By keyword: 1 to 79 Latin-1 characters. Default: none.
 *
 * @example
 * import { generate } from '@sega/guidance';
 * const { images } = await generate(model, 'a portrait of a king');
 * const bytes = encodePng(images[0]!, { prompt: 'a portrait of a king' });
 * @category PNG
 */
export function encodePng(image: Image, texts: Readonly<Record<string, string>> = {}): Uint8Array {
  const { width, height, data } = image;
  return insertText(encode({ width, height, data, channels: 3, depth: 8 }, { zlib: { level: 9 } }), texts);
}

/**
 * The picture and the texts of a PNG file as {@link encodePng} writes it: 8-bit RGB.
 *
 * @throws OPTION_INVALID when the bytes are not such a file.
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * const { image, texts } = decodePng(await readFile('king.png'));
 * @category PNG
 */
export function decodePng(bytes: Uint8Array): { image: Image; texts: Readonly<Record<string, string>> } {
  const texts = readText(bytes);
  const { width, height, data, channels, depth } = decode(bytes, { checkCrc: true });
  if (channels === 3 && depth === 8) return { image: { width, height, data: Uint8Array.from(data) }, texts };
  throw new GuidanceError(
    'OPTION_INVALID',
    `The picture has ${channels} channels of ${depth} bits; only 3 channels of 8 bits are read. Convert it to RGB first.`,
    { channels, depth },
  );
}
