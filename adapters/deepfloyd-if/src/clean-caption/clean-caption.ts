import { loadReferences, unescapeHtml } from './entities.js';
import { fixGlitches } from './glitches.js';
import { textOfHtml } from './html.js';
import { pythonRegExp, strip } from './regexp.js';

/**
 * A caption cleaned as DeepFloyd-IF's training captions were (twice): lower case; without addresses, markup, handles,
 * Chinese, Japanese and Korean signs, ids, file names and phrases of shops; mojibake repaired, dashes and quotes unified.
 *
 * Agrees with diffusers' `IFPipeline` where it uses Python 3.11, Beautiful Soup 4 and ftfy 6.3; see
 * {@link textOfHtml} for the one kind of markup that it rejects.
 *
 * @internal
 */
export async function cleanCaption(text: string): Promise<string> {
  if (MAY_HOLD_REFERENCES.test(text)) await loadReferences();
  return cleanOnce(cleanOnce(text));
}

/** What no reference comes of, however it is cleaned: plain ASCII without "&" and "%", which may stand for one. */
const MAY_HOLD_REFERENCES = /[^\x20-\x24\x27-\x7e]/;

type Rule = readonly [pattern: RegExp, replacement: string];

function rule(source: string, replacement = ''): Rule {
  return [pythonRegExp(source), replacement];
}

const DOMAIN = String.raw`[a-zA-Z0-9.\-]+[.](?:com|co|ru|net|org|edu|gov|it)[\w\/\-]*\b\/?(?!@)`;
const FILE_TYPES = 'png|jpg|jpeg|bmp|webp|eps|pdf|apk|mp4';

const ADDRESSES: readonly Rule[] = [
  rule('<person>', 'person'),
  rule(String.raw`\b((?:https?:(?:\/{1,3}|[a-zA-Z0-9%])|${DOMAIN}))`),
  rule(String.raw`\b((?:www:(?:\/{1,3}|[a-zA-Z0-9%])|${DOMAIN}))`),
];

const SIGNS: readonly Rule[] = [
  rule(String.raw`@[\w\d]+\b`),
  rule(String.raw`[\u31c0-\u31ff\u3200-\u4dff\u4e00-\u9fff]+`),
  rule(
    String.raw`[\u002D\u058A\u05BE\u1400\u1806\u2010-\u2015\u2E17\u2E1A\u2E3A\u2E3B\u2E40\u301C\u3030\u30A0\uFE31\uFE32\uFE58\uFE63\uFF0D]+`,
    '-',
  ),
  rule('[`´«»“”¨]', '"'),
  rule('[‘’]', "'"),
  rule('&quot;?'),
  rule('&amp'),
  rule(String.raw`\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}`, ' '),
  rule(String.raw`\d:\d\d\s+$`),
  rule(String.raw`\\n`, ' '),
  rule(String.raw`#\d{1,3}\b`),
  rule(String.raw`#\d{5,}\b`),
  rule(String.raw`\b\d{6,}\b`),
  rule(String.raw`\S+\.(?:${FILE_TYPES})`),
  rule(`["']{2,}`, '"'),
  rule('[.]{2,}', ' '),
  rule(String.raw`[#®•©™&@·º½¾¿¡§~)(\]\[}{|\\\/*]+`, ' '),
  rule(String.raw`\s+\.\s+`, ' '),
];

const PHRASES: readonly Rule[] = [
  rule(String.raw`\b[a-zA-Z]{1,3}\d{3,15}\b`),
  rule(String.raw`\b[a-zA-Z]+\d+[a-zA-Z]+\b`),
  rule(String.raw`\b\d+[a-zA-Z]+\d+\b`),
  rule(String.raw`(worldwide\s+)?(free\s+)?shipping`),
  rule(String.raw`(free\s)?download(\sfree)?`),
  rule(String.raw`\bclick\b\s(?:for|on)\s\w+`),
  rule(String.raw`\b(?:${FILE_TYPES})(\simage[s]?)?`),
  rule(String.raw`\bpage\s+\d+\b`),
  rule(String.raw`\b\d*[a-zA-Z]+\d+[a-zA-Z]+\d+[a-zA-Z\d]*\b`, ' '),
  // The second is the Cyrillic letter kha.
  rule(String.raw`\b\d+\.?\d*[x\u0445×]\d+\.?\d*\b`),
  rule(String.raw`\b\s+:\s+`, ': '),
  rule(String.raw`(\D[,.\/])\b`, '$1 '),
  rule(String.raw`\s+`, ' '),
  rule(String.raw`^["']([\w\W]+)["']$`, '$1'),
  rule(String.raw`^['_,\-:;]`),
  rule(String.raw`['_,\-:+]$`),
  rule(String.raw`^\.\S+$`),
];

function cleanOnce(text: string): string {
  const written = strip(unquotePlus(text)).toLowerCase();
  let caption = apply(SIGNS, textOfHtml(apply(ADDRESSES, written)));
  // this-is-my-cute-cat, this_is_my_cute_cat
  if ((caption.match(/[-_]/g)?.length ?? 0) > 3) caption = caption.replace(/[-_]/g, ' ');
  caption = unescapeHtml(unescapeHtml(fixGlitches(caption)));
  return strip(apply(PHRASES, caption));
}

function apply(rules: readonly Rule[], text: string): string {
  return rules.reduce((result, [pattern, replacement]) => result.replace(pattern, replacement), text);
}

// "+" for spaces and "%41" for bytes of UTF-8, as in addresses; invalid bytes become U+FFFD.
function unquotePlus(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII runs are decoded together, as Python does.
  return text.replaceAll('+', ' ').replace(/[\x00-\x7f]+/g, (run) => {
    if (!run.includes('%')) return run;
    const bytes = run.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes, (char) => char.charCodeAt(0)));
  });
}
