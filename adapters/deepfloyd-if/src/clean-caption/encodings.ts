/** A one-byte encoding that text in UTF-8 may have been mistaken for. Bytes are characters up to U+00FF. @internal */
export class OneByteEncoding {
  readonly name: string;
  readonly #bytes: ReadonlyMap<string, string>;

  /** @param high - What bytes 128 to 255 stand for. */
  constructor(name: string, high: string, substitute: string) {
    this.name = name;
    const bytes = new Map<string, string>();
    for (let byte = 0; byte < 128; byte++) bytes.set(String.fromCharCode(byte), String.fromCharCode(byte));
    bytes.delete('\x1a');
    bytes.set(substitute, '\x1a');
    Array.from(high, (char, i) => bytes.set(char, String.fromCharCode(128 + i)));
    this.#bytes = bytes;
  }

  /** The bytes of a text; undefined when it has a character the encoding lacks. */
  encode(text: string): string | undefined {
    let bytes = '';
    for (const char of text) {
      const byte = this.#bytes.get(char);
      if (byte === undefined) return undefined;
      bytes += byte;
    }
    return bytes;
  }
}

const CP437 =
  'ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0';
const LATIN_1 = Array.from({ length: 128 }, (_, i) => String.fromCharCode(128 + i)).join('');
// Not asked of TextDecoder: some versions of Node decode Windows-1252 as Latin-1.
const WINDOWS_1252 = `€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ${LATIN_1.slice(32)}`;
const HIGH_BYTES = Uint8Array.from({ length: 128 }, (_, i) => 128 + i);

/** What bytes 128 to 255 stand for, those without a meaning for themselves. @internal */
export function highCharacters(label: string): string {
  if (label === 'latin-1') return LATIN_1;
  if (label === 'windows-1252') return WINDOWS_1252;
  const decoded = new TextDecoder(label).decode(HIGH_BYTES);
  return Array.from(decoded, (char, i) => (char === '\ufffd' ? LATIN_1[i]! : char)).join('');
}

const WINDOWS = ['1252', '1251', '1250', '1253', '1254', '1257'].map((page) => `windows-${page}`);
let encodings: readonly OneByteEncoding[] | undefined;

/** In the order they are tried. In Windows' ones byte 26 stands for a character that was lost. @internal */
export function oneByteEncodings(): readonly OneByteEncoding[] {
  encodings ??= [
    new OneByteEncoding('latin-1', LATIN_1, '\x1a'),
    ...WINDOWS.map((name) => new OneByteEncoding(name, highCharacters(name), '\ufffd')),
    new OneByteEncoding('iso-8859-2', highCharacters('iso-8859-2'), '\x1a'),
    new OneByteEncoding('macintosh', highCharacters('macintosh'), '\x1a'),
    new OneByteEncoding('cp437', CP437, '\x1a'),
  ];
  return encodings;
}

/** Bytes read as UTF-8, also with surrogates or zero in the ways Java and old databases write them. @internal */
export function decodeUtf8(bytes: string): string | undefined {
  const plain = bytes
    .replace(/\xc0\x80/g, '\0')
    .replace(/\xed([\xa0-\xaf])([\x80-\xbf])\xed([\xb0-\xbf])([\x80-\xbf])/g, (_, ...parts: string[]) => {
      const [a, b, c, d] = parts.slice(0, 4).map((part) => part.charCodeAt(0)) as [number, number, number, number];
      const code = ((a & 0x0f) << 16) + ((b & 0x3f) << 10) + ((c & 0x0f) << 6) + (d & 0x3f) + 0x10000;
      return String.fromCharCode(...new TextEncoder().encode(String.fromCodePoint(code)));
    });
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
    return decoder.decode(Uint8Array.from(plain, (char) => char.charCodeAt(0)));
  } catch {
    return undefined;
  }
}
