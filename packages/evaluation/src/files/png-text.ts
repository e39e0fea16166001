import { crc32, inflateSync } from 'node:zlib';
import { GuidanceError } from '@sega/guidance';

/** Length of the signature every PNG begins with. */
const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a] as const;
/** Signature plus the IHDR chunk, which always comes first: 4 length, 4 type, 13 data, 4 CRC. */
const HEADER_END = SIGNATURE.length + 25;
/** Latin-1 without control characters other than a line feed: what the PNG specification lets a tEXt chunk hold. */
const LATIN_1 = /^[\n\x20-\x7e\xa0-\xff]*$/;

const latin1 = new TextDecoder('latin1');
const utf8 = new TextDecoder();

/**
 * Puts texts into a finished PNG file, right after its header, in the order given.
 *
 * Latin-1 texts become tEXt chunks, which every reader knows; others become iTXt chunks in UTF-8.
 *
 * @internal
 */
export function insertText(png: Uint8Array, texts: Readonly<Record<string, string>>): Uint8Array {
  const chunks = Object.entries(texts).map(([keyword, text]) =>
    LATIN_1.test(text)
      ? chunk('tEXt', Buffer.from(`${keyword}\0${text}`, 'latin1'))
      : // No compression, no language tag, no translated keyword.
        chunk('iTXt', Buffer.concat([Buffer.from(`${keyword}\0\0\0\0\0`, 'latin1'), Buffer.from(text, 'utf8')])),
  );
  return Buffer.concat([png.subarray(0, HEADER_END), ...chunks, png.subarray(HEADER_END)]);
}

/**
 * The texts of a PNG file by keyword, from its tEXt, zTXt and iTXt chunks.
 *
 * @throws OPTION_INVALID when the bytes are no PNG, or end early, or a text fails its checksum.
 * @internal
 */
export function readText(png: Uint8Array): Record<string, string> {
  if (!SIGNATURE.every((byte, i) => png[i] === byte)) throw invalid('it does not begin with the signature of a PNG');
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const texts: Record<string, string> = {};
  for (let offset = SIGNATURE.length; ; ) {
    if (offset + 12 > png.length) throw invalid('it ends before its last chunk');
    const end = offset + 8 + view.getUint32(offset);
    if (end + 4 > png.length) throw invalid('it ends in the middle of a chunk');
    const type = latin1.decode(png.subarray(offset + 4, offset + 8));
    if (type === 'IEND') return texts;
    const decode = DECODERS[type];
    if (decode) {
      if (crc32(png.subarray(offset + 4, end)) !== view.getUint32(end)) throw invalid(`a ${type} chunk is corrupt`);
      const [keyword, text] = decode(png.subarray(offset + 8, end));
      texts[keyword] = text;
    }
    offset = end + 4;
  }
}

const DECODERS: Readonly<Record<string, (data: Uint8Array) => [keyword: string, text: string]>> = {
  tEXt: (data) => {
    const [keyword, rest] = split(data);
    return [latin1.decode(keyword), latin1.decode(rest)];
  },
  zTXt: (data) => {
    const [keyword, rest] = split(data);
    return [latin1.decode(keyword), latin1.decode(inflateSync(rest.subarray(1)))];
  },
  iTXt: (data) => {
    const [keyword, rest] = split(data);
    const [, translated] = split(rest.subarray(2));
    const [, text] = split(translated);
    return [latin1.decode(keyword), utf8.decode(rest[0] === 1 ? inflateSync(text) : text)];
  },
};

/** What lies before and after the first zero byte. */
function split(data: Uint8Array): [before: Uint8Array, after: Uint8Array] {
  const zero = data.indexOf(0);
  if (zero < 0) throw invalid('a text chunk has no keyword');
  return [data.subarray(0, zero), data.subarray(zero + 1)];
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(data.length + 12);
  bytes.writeUInt32BE(data.length, 0);
  bytes.write(type, 4, 'latin1');
  bytes.set(data, 8);
  bytes.writeUInt32BE(crc32(bytes.subarray(4, data.length + 8)), data.length + 8);
  return bytes;
}

function invalid(reason: string): GuidanceError {
  return new GuidanceError('OPTION_INVALID', `The picture cannot be read: ${reason}. Pass a complete PNG file.`, {
    reason,
  });
}
