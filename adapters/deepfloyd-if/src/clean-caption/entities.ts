import { highCharacters } from './encodings.js';

let references: typeof import('entities/decode') | undefined;

/** Loads the names of characters, 15 kB that hardly a caption needs; before any of them is asked for. @internal */
export async function loadReferences(): Promise<void> {
  references ??= await import('entities/decode');
}

const REFERENCE = /&(#[0-9]+;?|#[xX][0-9a-fA-F]+;?|[^\t\n\f <&#;]{1,32};?)/gu;
const ENDED_REFERENCE = /&#?[0-9A-Za-z]{1,24};/g;

/** What a named reference stands for, its name written without `&` and `;`. @internal */
export function namedCharacter(name: string): string | undefined {
  const reference = `&${name};`;
  const found = references!.decodeHTMLStrict(reference);
  return found === reference ? undefined : found;
}

/**
 * A numeric reference's character: U+FFFD for 0, surrogates and what is no code point; Windows-1252's for the controls
 * 128-159.
 *
 * @internal
 */
export function numericCharacter(number: number): string {
  if (number === 0 || number > 0x10ffff || (number >= 0xd800 && number <= 0xdfff)) return '\ufffd';
  if (number >= 0x80 && number <= 0x9f) return highCharacters('windows-1252')[number - 0x80]!;
  return String.fromCodePoint(number);
}

/** Replaces every reference, ended by `;` or not, as HTML prescribes; those of controls and non-characters vanish. @internal */
export function unescapeHtml(text: string): string {
  return text.replace(REFERENCE, (whole, reference: string) => {
    if (!reference.startsWith('#')) return references!.decodeHTML(whole);
    const number = referenced(reference);
    return isDropped(number) ? '' : numericCharacter(number);
  });
}

/** Replaces only references ended by `;`, also named in capitals where only a lower-case name exists. @internal */
export function unescapeEnded(text: string): string {
  return text.replace(ENDED_REFERENCE, (whole) => {
    if (whole.startsWith('&#')) {
      const found = unescapeHtml(whole);
      return found.includes(';') ? whole : found;
    }
    const name = whole.slice(1, -1);
    const found = namedCharacter(name);
    if (found !== undefined || name !== name.toUpperCase() || unescapeHtml(whole) !== whole) return found ?? whole;
    return namedCharacter(name.toLowerCase())?.toUpperCase() ?? whole;
  });
}

function referenced(reference: string): number {
  const digits = reference.replace(';', '');
  return /^#x/i.test(digits) ? Number.parseInt(digits.slice(2), 16) : Number.parseInt(digits.slice(1), 10);
}

function isDropped(number: number): boolean {
  if (number <= 0x08) return number > 0;
  return (
    number === 0x0b ||
    (number >= 0x0e && number <= 0x1f) ||
    number === 0x7f ||
    (number >= 0xfdd0 && number <= 0xfdef) ||
    (number <= 0x10ffff && (number & 0xfffe) === 0xfffe)
  );
}
