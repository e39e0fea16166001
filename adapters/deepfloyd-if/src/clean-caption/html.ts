import { namedCharacter, numericCharacter } from './entities.js';
import { pythonRegExp, strip } from './regexp.js';

/**
 * The text of a piece of HTML, as Beautiful Soup extracts it with Python's own parser: without tags, comments,
 * declarations, scripts, styles, templates and ruby annotations; with references replaced. Malformed markup stays text in
 * the same places; only a marked section of unknown kind, which Python's parser rejects, is text here.
 *
 * @internal
 */
export function textOfHtml(html: string): string {
  const reader = new HtmlReader(html);
  reader.read(false);
  reader.read(true);
  return reader.finish();
}

const EMPTY = new Set(
  'area base basefont bgsound br col command embed frame hr image img input isindex keygen link menuitem meta nextid param source spacer track wbr'.split(
    ' ',
  ),
);
const HIDDEN = new Set(['rt', 'rp', 'style', 'script', 'template']);
const PRESERVED = new Set(['pre', 'textarea']);
const RAW = new Set(['script', 'style']);

const TAG_NAME = sticky(String.raw`([a-zA-Z][^\t\n\r\f />\x00]*)(?:\s|/(?!>))*`);
const ATTRIBUTE = sticky(
  String.raw`((?<=['"\s/])[^\s/>][^\s/=>]*)(\s*=+\s*('[^']*'|"[^"]*"|(?!['"])[^>\s]*))?(?:\s|/(?!>))*`,
);
const START_TAG = sticky(
  String.raw`<[a-zA-Z][^\t\n\r\f />\x00]*(?:[\s/]*(?:(?<=['"\s/])[^\s/>][^\s/=>]*(?:\s*=+\s*(?:'[^']*'|"[^"]*"|(?!['"])[^>\s]*)\s*)?(?:\s|/(?!>))*)*)?\s*`,
);
const END_TAG = sticky(String.raw`</\s*([a-zA-Z][\-.a-zA-Z0-9:_]*)\s*>`);
const NUMERIC = sticky(`&#([0-9]+|[xX][0-9a-fA-F]+)[^0-9a-fA-F]`);
const NAMED = sticky('&([a-zA-Z][-.a-zA-Z0-9]*)[^a-zA-Z0-9]');
const INCOMPLETE = sticky('&[a-zA-Z#]');
const SECTION = sticky(String.raw`<!\[([a-zA-Z][\-_.a-zA-Z0-9]*)\s*`);
const OPENING = sticky('<[a-zA-Z]');

class HtmlReader {
  readonly #html: string;
  #at = 0;
  #raw: string | undefined;
  #text = '';
  #pending = '';
  readonly #open: string[] = [];
  readonly #closedEmpty: string[] = [];

  constructor(html: string) {
    this.#html = html;
  }

  finish(): string {
    this.#flush();
    return this.#text;
  }

  // Reads until the markup may be cut off; what is left then is text once nothing can follow.
  read(isLast: boolean): void {
    const html = this.#html;
    while (this.#at < html.length) {
      const next = this.#search(this.#raw ? pythonRegExp(`</\\s*${this.#raw}\\s*>`, 'gi') : /[&<]/g, this.#at);
      if (next < 0 && this.#raw) break;
      this.#data(this.#at, next < 0 ? html.length : next);
      if (this.#at === html.length || !(html[this.#at] === '<' ? this.#markup(isLast) : this.#reference(isLast))) break;
    }
    if (isLast && !this.#raw) this.#data(this.#at, html.length);
  }

  #markup(isLast: boolean): boolean {
    const html = this.#html;
    const at = this.#at;
    let end: number;
    if (matchAt(OPENING, html, at)) end = this.#startTag(at);
    else if (html.startsWith('</', at)) end = this.#endTag(at);
    else if (html.startsWith('<!--', at)) end = this.#hidden(/--\s*>/g, at + 4);
    else if (html.startsWith('<?', at)) end = this.#hidden(/>/g, at + 2);
    else if (html.startsWith('<![', at)) end = this.#section(at);
    else if (html.startsWith('<!', at)) end = this.#hidden(/>/g, at + 2);
    else {
      if (at + 1 >= html.length) return false;
      this.#data(at, at + 1);
      return true;
    }
    if (end < 0) {
      if (!isLast) return false;
      const close = html.indexOf('>', at + 1);
      const open = html.indexOf('<', at + 1);
      end = close >= 0 ? close + 1 : open >= 0 ? open : at + 1;
      this.#data(at, end);
    }
    this.#at = end;
    return true;
  }

  #reference(isLast: boolean): boolean {
    const html = this.#html;
    const at = this.#at;
    const numeric = matchAt(NUMERIC, html, at);
    const found = numeric ?? matchAt(NAMED, html, at);
    if (found) {
      const name = found[1]!;
      const digits = numeric && (/^x/i.test(name) ? Number.parseInt(name.slice(1), 16) : Number.parseInt(name, 10));
      this.#pending += digits === null ? (namedCharacter(name) ?? `&${name}`) : numericCharacter(digits);
      this.#at += (numeric ? '&#' : '&').length + name.length + (found[0].endsWith(';') ? 1 : 0);
      return true;
    }
    if (html.startsWith('&#', at)) {
      if (html.includes(';', at)) this.#data(at, at + 2);
      return false;
    }
    if (matchAt(INCOMPLETE, html, at)) {
      if (isLast && at + 2 === html.length) this.#at += 1;
      return false;
    }
    if (at + 1 >= html.length) return false;
    this.#data(at, at + 1);
    return true;
  }

  #startTag(at: number): number {
    const html = this.#html;
    const end = wholeStartTag(html, at);
    if (end < 0) return end;
    const name = matchAt(TAG_NAME, html, at + 1)!;
    const tag = name[1]!.toLowerCase();
    let place = at + 1 + name[0].length;
    while (place < end) {
      const attribute = matchAt(ATTRIBUTE, html, place);
      if (!attribute) break;
      place += attribute[0].length;
    }
    const rest = strip(html.slice(place, end));
    if (rest !== '>' && rest !== '/>') {
      this.#data(at, end);
      return end;
    }
    this.#flush();
    this.#open.push(tag);
    if (rest === '/>' || EMPTY.has(tag)) {
      this.#close(tag);
      if (rest === '>') this.#closedEmpty.push(tag);
    } else if (RAW.has(tag)) this.#raw = tag;
    return end;
  }

  #endTag(at: number): number {
    const html = this.#html;
    const close = html.indexOf('>', at + 1) + 1;
    if (close === 0) return -1;
    const found = matchAt(END_TAG, html, at);
    const tag = found?.[1]?.toLowerCase();
    if (this.#raw && tag !== this.#raw) {
      this.#data(at, close);
      return close;
    }
    if (tag !== undefined) {
      this.#ended(tag);
      this.#raw = undefined;
      return close;
    }
    const name = matchAt(TAG_NAME, html, at + 2);
    if (!name) return html.startsWith('</>', at) ? at + 3 : this.#hidden(/>/g, at + 2);
    this.#ended(name[1]!.toLowerCase());
    return html.indexOf('>', at + 2 + name[0].length) + 1;
  }

  #section(at: number): number {
    const name = matchAt(SECTION, this.#html, at);
    if (!name || at + name[0].length === this.#html.length) return -1;
    const kind = name[1]!.toLowerCase();
    const isConditional = ['if', 'else', 'endif'].includes(kind);
    if (!isConditional && !['temp', 'cdata', 'ignore', 'include', 'rcdata'].includes(kind)) return -1;
    const close = isConditional ? /\]\s*>/g : /\]\s*\]\s*>/g;
    const text = /^cdata\[/i.test(this.#html.slice(at + 3)) ? at + 9 : undefined;
    const end = this.#search(close, at + 3);
    const after = this.#hidden(close, at + 3);
    if (end >= 0 && text !== undefined) this.#text += spaced(this.#html.slice(text, end), this.#isPreserved());
    return after;
  }

  /** Skips to after the match, whose text is no text of the document. */
  #hidden(close: RegExp, from: number): number {
    close.lastIndex = from;
    const found = close.exec(this.#html);
    if (!found) return -1;
    this.#flush();
    return found.index + found[0].length;
  }

  #search(pattern: RegExp, from: number): number {
    pattern.lastIndex = from;
    return pattern.exec(this.#html)?.index ?? -1;
  }

  #data(from: number, to: number): void {
    this.#pending += this.#html.slice(from, to);
    this.#at = to;
  }

  #ended(tag: string): void {
    const closed = this.#closedEmpty.indexOf(tag);
    if (closed >= 0) this.#closedEmpty.splice(closed, 1);
    else this.#close(tag);
  }

  #close(tag: string): void {
    this.#flush();
    const place = this.#open.lastIndexOf(tag);
    if (place >= 0) this.#open.splice(place);
  }

  #flush(): void {
    if (this.#pending !== '' && !this.#open.some((tag) => HIDDEN.has(tag)))
      this.#text += spaced(this.#pending, this.#isPreserved());
    this.#pending = '';
  }

  #isPreserved(): boolean {
    return this.#open.some((tag) => PRESERVED.has(tag));
  }
}

function wholeStartTag(html: string, at: number): number {
  const end = at + matchAt(START_TAG, html, at)![0].length;
  const next = html[end];
  if (next === '>') return end + 1;
  if (next === '/') return html[end + 1] === '>' ? end + 2 : -1;
  return next === undefined || /[a-zA-Z=]/.test(next) ? -1 : end;
}

// A text of nothing but spaces, or of nothing, becomes one space.
function spaced(text: string, isPreserved: boolean): string {
  if (isPreserved || !/^[ \n\t\f\r]*$/.test(text)) return text;
  return text.includes('\n') ? '\n' : ' ';
}

function sticky(source: string): RegExp {
  return pythonRegExp(source, 'y');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}
