// Python's classes for text: letters and numbers of every script, decimal digits, Unicode's spaces and four separators.
const WORD = String.raw`\p{L}\p{N}_`;
const SPACE = String.raw`\p{White_Space}\x1c-\x1f`;
const INSIDE: Readonly<Record<string, string>> = { w: WORD, d: String.raw`\p{Nd}`, s: SPACE };
const OUTSIDE: Readonly<Record<string, string>> = {
  w: `[${WORD}]`,
  d: String.raw`\p{Nd}`,
  D: String.raw`\P{Nd}`,
  s: `[${SPACE}]`,
  S: `[^${SPACE}]`,
  b: `(?:(?<=[${WORD}])(?![${WORD}])|(?<![${WORD}])(?=[${WORD}]))`,
};

/**
 * A regular expression that means what it means in Python: `\w`, `\d`, `\s` and `\b` know Unicode, `$` also matches before
 * a last line break.
 *
 * @internal
 */
export function pythonRegExp(source: string, flags = 'g'): RegExp {
  let isInside = false;
  const translated = source.replace(/\\(.)|[[\]$]/g, (token, escaped: string | undefined) => {
    if (escaped !== undefined) return (isInside ? INSIDE : OUTSIDE)[escaped] ?? token;
    if (token === '$' && !isInside) return '(?=\\n?(?![^]))';
    isInside = token === '[' || (isInside && token !== ']');
    return token;
  });
  return new RegExp(translated, `${flags}u`);
}

const EDGES = pythonRegExp(String.raw`^\s+|\s+(?![^])`);

/** Without Unicode's spaces at either end. @internal */
export function strip(text: string): string {
  return text.replace(EDGES, '');
}
