import { looksGarbled } from './badness.js';
import { decodeUtf8, highCharacters, oneByteEncodings } from './encodings.js';

// UTF-8 in which byte A0 became a space, and in which bytes were lost (as 1A, or one as "?").
const SPACED =
  /[\xc2\xc3\xc5\xce\xd0\xd9] |[\xe2\xe3] [\x80-\x84\x86-\x9f\xa1-\xbf]|[\xe0-\xe3][\x80-\x84\x86-\x9f\xa1-\xbf] |\xf0 [\x80-\xbf][\x80-\xbf]|\xf0[\x80-\xbf] [\x80-\xbf]|\xf0[\x80-\xbf][\x80-\xbf] /g;
const A_GRAVE_WORD = /\xc3 (?! |quele|quela|quilo|s )/g;
const LOSSY = new RegExp(
  [
    '[\xc2-\xdf]\x1a',
    '[\xc2-\xc3][?]',
    '\xed[\xa0-\xaf][\x1a?]\xed[\xb0-\xbf][\x1a?\x80-\xbf]',
    '\xed[\xa0-\xaf][\x1a?\x80-\xbf]\xed[\xb0-\xbf][\x1a?]',
    '[\xe0-\xef][\x1a?][\x1a\x80-\xbf]',
    '[\xe0-\xef][\x1a\x80-\xbf][\x1a?]',
    '[\xf0-\xf4][\x1a?][\x1a\x80-\xbf]{2}',
    '[\xf0-\xf4][\x1a\x80-\xbf][\x1a?][\x1a\x80-\xbf]',
    '[\xf0-\xf4][\x1a\x80-\xbf]{2}[\x1a?]',
    '\x1a',
  ].join('|'),
  'g',
);
const REPLACEMENT = '\xef\xbf\xbd';

const LATIN_LIKE = ['latin-1', ...['1250', '1251', '1252', '1253', '1254', '1257'].map((page) => `windows-${page}`)];

/**
 * Text whose UTF-8 was read in another encoding, once or several times, as it was meant; text that looks in order is
 * returned as it is.
 *
 * @internal
 */
export function fixMojibake(text: string): string {
  for (let current = text; ; ) {
    const next = fixOnce(current);
    if (next === current) return next;
    current = next;
  }
}

/** The controls 128-159 as Windows-1252 has them. @internal */
export function fixControls(text: string): string {
  const meant = highCharacters('windows-1252');
  return text.replace(/[\x80-\x9f]/g, (char) => meant[char.charCodeAt(0) - 128]!);
}

function fixOnce(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is what needs no repair.
  if (/^[\x00-\x7f]*$/.test(text) || !looksGarbled(text)) return text;
  for (const encoding of oneByteEncodings()) {
    let bytes = encoding.encode(text);
    if (bytes === undefined) continue;
    if (encoding.name !== 'macintosh' && bytes.search(SPACED) >= 0) bytes = restoreSpaces(bytes);
    if (encoding.name.startsWith('windows')) bytes = bytes.replace(LOSSY, REPLACEMENT);
    const decoded = decodeUtf8(bytes);
    if (decoded !== undefined) return decoded;
  }
  const parts = fixParts(text);
  return parts === text ? fixControls(text) : parts;
}

function restoreSpaces(bytes: string): string {
  return bytes.replace(A_GRAVE_WORD, '\xc3\xa0 ').replace(SPACED, (sequence) => sequence.replaceAll(' ', '\xa0'));
}

function fixParts(text: string): string {
  return text.replace(utf8Sequences(), (part) =>
    part.length < text.length && looksGarbled(part) ? fixMojibake(part) : part,
  );
}

let sequences: RegExp | undefined;

// What looks like UTF-8 in any of the encodings with Latin letters, Greek or Cyrillic in their upper half.
function utf8Sequences(): RegExp {
  if (sequences) return sequences;
  const tables = LATIN_LIKE.map(highCharacters);
  const standing = (from: number, to: number): string =>
    [...new Set(tables.flatMap((table) => Array.from(table.slice(from - 128, to - 127))))].join('');
  const next = `${standing(0x80, 0xbf)} `;
  const sure = next.replace(/[ –—―‘’‚“”„•…]/g, '');
  const two = standing(0xc2, 0xdf);
  const three = standing(0xe0, 0xef);
  const four = `${standing(0xf0, 0xf0)}${standing(0xf3, 0xf3)}`;
  sequences = new RegExp(`(?<![${sure}])(?:[${two}][${next}]|[${three}][${next}]{2}|[${four}][${next}]{3})+`, 'gu');
  return sequences;
}
