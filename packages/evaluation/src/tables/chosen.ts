import { GuidanceError } from '@sega/guidance';
import type { Study } from '../study.js';

/**
 * The attributes a table is about: its usual ones, or those the study is limited to.
 *
 * @param known - What the table can be limited to.
 * @throws ATTRIBUTE_UNKNOWN when the judge does not tell one; OPTION_INVALID when the table has no such row
 * @internal
 */
export function chosen(study: Study, known: readonly string[], usual: readonly string[] = known): readonly string[] {
  const { only = usual } = study;
  study.requireAttributes(only);
  const unknown = only.filter((name) => !known.includes(name));
  if (unknown.length === 0) return only;
  throw new GuidanceError(
    'OPTION_INVALID',
    `The table has no rows for ${unknown.join(', ')}; it has them for ${known.join(', ')}.`,
    { option: 'only', unknown, known },
  );
}
