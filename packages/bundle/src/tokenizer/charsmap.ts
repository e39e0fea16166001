/**
 * Sentencepiece's compiled normalisation rules (`precompiled_charsmap`; T5's are `nmt_nfkc`): text → normalised text.
 *
 * The bytes are the length of a double-array trie in bytes, the trie, and the replacements it points into, each ended by
 * a zero byte. Follows the reference (Rust) library, which looks up grapheme clusters of at most five bytes whole and
 * replaces them by what their shortest listed prefix maps to, so that some combining marks get lost; sentencepiece's own
 * longest match keeps them.
 *
 * @throws RangeError when the bytes do not hold such rules.
 * @internal
 */
export function charsmap(bytes: Uint8Array): (text: string) => string {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const size = view.getUint32(0, true);
  if (size % 4 !== 0 || size === 0 || 4 + size > bytes.length) {
    throw new RangeError(`a charsmap of ${bytes.length} bytes cannot hold a trie of ${size} bytes`);
  }
  const trie = Uint32Array.from({ length: size / 4 }, (_, i) => view.getUint32(4 + 4 * i, true));
  const replacements = bytes.subarray(4 + size);
  const known = new Map<string, string>();

  const lookUp = (chunk: string): string | undefined => {
    const encoded = encoder.encode(chunk);
    const start = encoded.length <= LONGEST_WHOLE ? firstPrefix(trie, encoded) : undefined;
    return start === undefined ? undefined : textAt(replacements, start);
  };
  const replace = (grapheme: string): string => {
    const found = lookUp(grapheme) ?? Array.from(grapheme, (char) => lookUp(char) ?? char).join('');
    if (known.size < REMEMBERED) known.set(grapheme, found);
    return found;
  };
  return (text) => {
    let normalized = '';
    for (const grapheme of graphemes(text)) normalized += known.get(grapheme) ?? replace(grapheme);
    return normalized;
  };
}

const LONGEST_WHOLE = 5;
const REMEMBERED = 10_000;
const WINDOW = 128;
const encoder = new TextEncoder();
let segmenter: Intl.Segmenter | undefined;

// Segmenting a whole text takes quadratic time in some engines. Every boundary but the last of a window is certain.
function* graphemes(text: string): Generator<string> {
  if (/^[ -~]*$/.test(text)) return yield* text;
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  for (let start = 0, width = WINDOW; start < text.length; ) {
    const cutsPair = text.codePointAt(start + width - 1)! > 0xffff;
    const window = text.slice(start, start + width + (cutsPair ? 1 : 0));
    const found = Array.from(segmenter.segment(window), ({ segment }) => segment);
    const last = start + window.length < text.length ? found.pop()! : '';
    yield* found;
    start += window.length - last.length;
    width = found.length > 0 ? WINDOW : 2 * width;
  }
}

// A unit of the double array: bits 0-7 the byte that leads to it, bit 8 whether a key ends there, bits 10-30 the offset to
// its children, in steps of 256 when bit 9 is set; or, in the unit that ends a key, bits 0-30 the key's value.
function firstPrefix(trie: Uint32Array, key: Uint8Array): number | undefined {
  const unit = (at: number): number => trie[at] ?? 0;
  const offset = (value: number): number => (value >>> 10) << ((value & 0x200) >>> 6);
  let at = offset(unit(0));
  for (const byte of key) {
    at ^= byte;
    const found = unit(at);
    if (byte === 0 || (found & 0x8000_00ff) >>> 0 !== byte) return undefined;
    at ^= offset(found);
    if (found & 0x100) return unit(at) & 0x7fff_ffff;
  }
  return undefined;
}

function textAt(replacements: Uint8Array, start: number): string {
  const end = replacements.indexOf(0, start);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(replacements.subarray(start, end < 0 ? undefined : end));
}
