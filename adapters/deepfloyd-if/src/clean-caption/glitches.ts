import { unescapeEnded } from './entities.js';
import { fixControls, fixMojibake } from './mojibake.js';

const LIGATURES: Readonly<Record<string, string>> = {
  Ĳ: 'IJ',
  ĳ: 'ij',
  ŉ: 'ʼn',
  Ǳ: 'DZ',
  ǲ: 'Dz',
  ǳ: 'dz',
  Ǆ: 'DŽ',
  ǅ: 'Dž',
  ǆ: 'dž',
  Ǉ: 'LJ',
  ǈ: 'Lj',
  ǉ: 'lj',
  Ǌ: 'NJ',
  ǋ: 'Nj',
  ǌ: 'nj',
  ﬀ: 'ff',
  ﬁ: 'fi',
  ﬂ: 'fl',
  ﬃ: 'ffi',
  ﬄ: 'ffl',
  ﬅ: 'ſt',
  ﬆ: 'st',
};
const LIGATURE = new RegExp(`[${Object.keys(LIGATURES).join('')}]`, 'gu');

/**
 * Repairs what goes wrong with text on its way, as ftfy 6.3's `fix_text` does by default, line by line: references,
 * mistaken encodings, ligatures, widths, curly quotes, line breaks, lone surrogates, terminal and control characters; NFC.
 *
 * @internal
 */
export function fixGlitches(text: string): string {
  let keepsReferences = false;
  return text.replace(/[^\n]*\n|[^\n]+/g, (line) => {
    keepsReferences ||= line.includes('<');
    return fixLine(line, keepsReferences);
  });
}

function fixLine(line: string, keepsReferences: boolean): string {
  for (let current = line; ; ) {
    const next = fixOnce(current, keepsReferences);
    if (next === current) return next;
    current = next;
  }
}

function fixOnce(line: string, keepsReferences: boolean): string {
  const meant = fixControls(fixMojibake(keepsReferences ? line : unescapeEnded(line)));
  return (
    meant
      .replace(LIGATURE, (char) => LIGATURES[char]!)
      .replace(/[\u3000\uff01-\uffef]/g, (char) => char.normalize('NFKC'))
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/\r\n|[\r\u2028\u2029\u0085]/g, '\n')
      .replace(/\p{Surrogate}/gu, '\ufffd')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: terminal escapes begin with one.
      .replace(/\x1b\[(?:\p{Nd}|;)*[a-zA-Z]/gu, '')
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is removed.
      .replace(/[\x00-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g, '')
      .normalize('NFC')
  );
}
