import { ATTRIBUTES, GENDER } from '../attributes.js';
import { mean, percent, type SheetRow, type Table } from '../table.js';
import { apply, type Edited, editsOf, facesOf } from './edit.js';

/** How often an edit changed what it was not asked to. @category Tables */
export interface IsolationRow {
  readonly attribute: string;
  readonly kind: 'added' | 'removed';
  readonly usable: number;
  /** Share of the other attributes that changed, averaged over pictures. */
  readonly changed: number | null;
  /** By other attribute, the share of pictures in which it changed. */
  readonly changes: Readonly<Record<string, number | null>>;
}

/**
 * Isolation: in the pictures of `attributes`, how often attributes changed that were not asked for. What the judge's
 * manifest says no picture shows together with the attribute is left out.
 *
 * @category Tables
 */
export const isolation: Table = {
  name: 'isolation',
  title: 'Isolation: attributes that changed unasked',
  make: async (study) => {
    const names = [GENDER.name, ...ATTRIBUTES.map(({ name }) => name)];
    study.requireAttributes(names);
    const faces = await facesOf(study);
    const rows: IsolationRow[] = [];
    const sheet: SheetRow[] = [{ label: 'unguided', pictures: faces }];
    const all: Record<'added' | 'removed', number[]> = { added: [], removed: [] };
    for (const edit of editsOf(study)) {
      const edited = await apply(study, edit, faces);
      const shares = edited.map(({ before, after }) => study.changedShare(before, after, edit.name));
      const changes = study
        .others(edit.name)
        .map((name) => [name, mean(edited.map((pair) => (hasChanged(pair, name) ? 1 : 0)))]);
      all[edit.kind].push(...shares);
      rows.push({
        attribute: edit.name,
        kind: edit.kind,
        usable: edited.length,
        changed: mean(shares),
        changes: Object.fromEntries(changes),
      });
      if (edited.length > 0) sheet.push({ label: edit.title, pictures: edited.map(({ after }) => after) });
    }
    const summary = {
      added: mean(all.added),
      removed: mean(all.removed),
      overall: mean([...all.added, ...all.removed]),
    };
    return {
      data: { rows, summary },
      sections: [
        {
          header: ['edit', 'pictures', 'changed unasked', 'changed most', 'paper'],
          rows: [
            ...rows.map((row) => [title(row), String(row.usable), percent(row.changed), worst(row), '']),
            ...(['added', 'removed', 'overall'] as const).map((key) => [
              `**${key}**`,
              '',
              percent(summary[key]),
              '',
              'largely isolated',
            ]),
          ],
        },
      ],
      notes: [
        'Changed unasked: any other attribute that differs from the unguided picture of the same seed, averaged over ' +
          'attributes and pictures. The paper shows examples and gives no figure.',
      ],
      sheet,
    };
  },
};

function hasChanged({ before, after }: Edited, name: string): boolean {
  return before.has(name) !== after.has(name);
}

function title({ attribute, kind }: IsolationRow): string {
  if (attribute === GENDER.name) return 'gender changed';
  return `${attribute} ${kind}`;
}

function worst({ changes, usable }: IsolationRow): string {
  if (usable === 0) return '';
  const [name, share] = Object.entries(changes).reduce((most, next) => ((next[1] ?? 0) > (most[1] ?? 0) ? next : most));
  return `${name} ${percent(share)}`;
}
