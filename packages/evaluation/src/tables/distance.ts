import { frechetDistance } from '../measures/frechet-distance.js';
import type { JudgedPicture } from '../study.js';
import { decimal, type SheetRow, type Table } from '../table.js';
import { apply, editsOf, facesOf } from './edit.js';

/** How far two sets of pictures are from each other, to the judge. @category Tables */
export interface DistanceRow {
  readonly pictures: string;
  readonly sizes: readonly [number, number];
  readonly distance: number | null;
}

/**
 * Fréchet distance on the judge's features between edited and unedited pictures. The paper's figures are FIDs against
 * photographs of faces, which a judge of drawings cannot repeat.
 *
 * @category Tables
 */
export const distance: Table = {
  name: 'distance',
  title: "Fréchet distance on the judge's features between edited and unedited pictures",
  make: async (study) => {
    const faces = await facesOf(study);
    const half = Math.floor(faces.length / 2);
    const rows: DistanceRow[] = [rowOf('two halves of the unedited', faces.slice(0, half), faces.slice(half))];
    const sheet: SheetRow[] = [{ label: 'unguided', pictures: faces }];
    const all: JudgedPicture[] = [];
    for (const edit of editsOf(study)) {
      const edited = (await apply(study, edit, faces)).map(({ after }) => after);
      rows.push(
        rowOf(edit.kind === 'added' ? `with ${edit.title.toLowerCase()}` : edit.title.toLowerCase(), faces, edited),
      );
      all.push(...edited);
      if (edited.length > 0) sheet.push({ label: edit.title, pictures: edited });
    }
    rows.push(rowOf('all edited', faces, all));
    return {
      data: { rows },
      sections: [
        {
          header: ['pictures', 'compared', 'distance', 'paper'],
          rows: rows.map(({ pictures, sizes, distance: value }) => [
            pictures,
            sizes.join(' with '),
            decimal(value, 2),
            pictures === 'all edited' ? 'FID on FFHQ: unedited 117.73, edited 59.86' : '',
          ]),
        },
      ],
      notes: [
        "Distances are squared, on the judge's features, and compare with each other alone: not with FIDs, and sets of few " +
          'pictures lie further apart. Two halves of the unedited pictures tell how far apart equal sets lie.',
      ],
      sheet,
    };
  },
};

function rowOf(pictures: string, a: readonly JudgedPicture[], b: readonly JudgedPicture[]): DistanceRow {
  const features = (set: readonly JudgedPicture[]): Float32Array[] => set.map((picture) => picture.features);
  return { pictures, sizes: [a.length, b.length], distance: frechetDistance(features(a), features(b)) ?? null };
}
