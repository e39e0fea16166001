import { type Count, countOf, percent, pooled, type SheetRow, type Table } from '../table.js';
import { apply, editsOf, facesOf } from './edit.js';

/** Of the paper's Table 1: pictures, and the share in which people saw the change. */
const PAPER: Readonly<
  Record<'added' | 'removed', Readonly<Record<string, readonly [usable: number, success: number]>>>
> = {
  added: {
    male: [241, 1],
    glasses: [243, 1],
    smile: [146, 0.993],
    bald: [220, 0.821],
    beard: [135, 0.97],
    hat: [210, 0.99],
    curls: [173, 0.97],
    makeup: [197, 0.99],
    gray: [165, 0.912],
    bangs: [192, 0.827],
    overall: [1922, 0.95],
  },
  removed: {
    glasses: [6, 1],
    smile: [93, 0.944],
    bald: [18, 0.833],
    beard: [111, 0.899],
    hat: [31, 0.903],
    curls: [50, 0.98],
    makeup: [21, 0.952],
    gray: [52, 0.827],
    bangs: [38, 0.985],
    overall: [420, 0.921],
  },
};

/** A row of the table. @category Tables */
export interface AttributeRow extends Count {
  readonly attribute: string;
  readonly paper?: { readonly usable: number; readonly success: number };
}

/**
 * The paper's Table 1: each attribute added to the faces that lack it and removed from those that have it, one setting
 * for all; gender is changed.
 *
 * @category Tables
 */
export const attributes: Table = {
  name: 'attributes',
  title: 'Attributes added and removed, one at a time (Table 1 of the paper)',
  make: async (study) => {
    const edits = editsOf(study);
    const faces = await facesOf(study);
    const rows: Record<'added' | 'removed', AttributeRow[]> = { added: [], removed: [] };
    const text: string[][] = [];
    const sheet: SheetRow[] = [{ label: 'unguided', pictures: faces }];
    for (const edit of edits) {
      const edited = await apply(study, edit, faces);
      const count = countOf(edited, ({ before, after }) => edit.hasSucceeded(after, before));
      const row = rowOf(edit.kind, edit.name, count);
      rows[edit.kind].push(row);
      text.push(textOf(edit.title, row));
      if (edited.length > 0) sheet.push({ label: edit.title, pictures: edited.map(({ after }) => after) });
    }
    const overall = {
      added: rowOf('added', 'overall', pooled(rows.added)),
      removed: rowOf('removed', 'overall', pooled(rows.removed)),
    };
    const [added, removed] = [text.slice(0, rows.added.length), text.slice(rows.added.length)];
    return {
      data: { added: rows.added, removed: rows.removed, overall },
      sections: [
        {
          header: ['attribute', 'pictures', 'success', "paper's pictures", "paper's success"],
          rows: [
            ...added,
            textOf('**Overall added**', overall.added),
            ...removed,
            textOf('**Overall removed**', overall.removed),
          ],
        },
      ],
      notes: [
        'Pictures: those that lacked the attribute, or had it to be removed. Success: the judge sees the change. ' +
          'Overall is of all such pictures together.',
        "The paper's figures are of people asked about pictures of Stable Diffusion 1.5, where most of them agreed.",
      ],
      sheet,
    };
  },
};

function rowOf(kind: 'added' | 'removed', attribute: string, count: Count): AttributeRow {
  const paper = PAPER[kind][attribute];
  return { attribute, ...count, ...(paper && { paper: { usable: paper[0], success: paper[1] } }) };
}

function textOf(title: string, { usable, success, paper }: AttributeRow): string[] {
  return [title, String(usable), percent(success), String(paper?.usable ?? ''), paper ? percent(paper.success) : ''];
}
