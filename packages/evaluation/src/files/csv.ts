import { GuidanceError } from '@sega/guidance';

/**
 * The rows of a CSV file (RFC 4180): cells between commas, quoted where they hold commas, quotes or line breaks. Empty
 * lines are left out.
 *
 * @param source - The file, for messages.
 * @throws PROMPTS_INVALID when a quote is never closed.
 * @internal
 */
export function parseCsv(text: string, source: string): readonly (readonly string[])[] {
  const rows: string[][] = [[]];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|\r|$)/y;
  const body = text.replace(/^\uFEFF/, '');
  while (cell.lastIndex < body.length) {
    const start = cell.lastIndex;
    const match = cell.exec(body);
    if (!match) {
      throw new GuidanceError(
        'PROMPTS_INVALID',
        `"${source}" breaks off in a quoted cell: ${JSON.stringify(body.slice(start, start + 40))}. Close the quote, and write quotes within it twice.`,
        { source, at: start },
      );
    }
    const [, quoted, plain, end] = match;
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'));
    if (end !== ',') rows.push([]);
    else if (cell.lastIndex === body.length) rows.at(-1)!.push('');
  }
  return rows.filter((row) => row.length > 1 || (row[0] !== undefined && row[0] !== ''));
}
