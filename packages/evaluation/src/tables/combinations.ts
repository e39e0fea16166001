import { attribute, GENDER } from '../attributes.js';
import type { JudgedPicture, Study } from '../study.js';
import { type Count, countOf, percent, type Section, type SheetRow, type Table } from '../table.js';
import { facesOf } from './edit.js';

/** One of the changes asked for at the same time. */
interface Part {
  readonly title: string;
  readonly name: string;
  readonly text: string;
  /** Whether the attribute shall be there. */
  readonly wanted: boolean;
  /** Where the paper steers away, or names what is not there. */
  readonly away?: boolean;
}

interface Combination {
  readonly name: string;
  readonly parts: readonly Part[];
  /** Pictures; shares with at least 1, 2, 3 and all 4 changes; shares of each change. */
  readonly paper: readonly [usable: number, atLeast: readonly number[], each: readonly number[]];
}

const adding = (name: string): Part => ({ ...attribute(name), wanted: true });

/** The paper's Table 2. */
const COMBINATIONS: readonly Combination[] = [
  {
    name: 'combination 1',
    parts: ['glasses', 'smile', 'curls', 'beard'].map(adding),
    paper: [55, [1, 1, 0.982, 0.907], [1, 0.964, 0.982, 1]],
  },
  {
    name: 'combination 2',
    parts: [
      { ...attribute('smile'), title: 'No smile', wanted: false, away: true },
      adding('makeup'),
      adding('hat'),
      { title: 'Female', name: GENDER.name, text: GENDER.female, wanted: false },
    ],
    paper: [45, [1, 1, 1, 0.756], [0.978, 0.976, 0.886, 1]],
  },
];

/** Four concepts at once. @category Tables */
export const combinations: Table = {
  name: 'combinations',
  title: 'Four attributes at once (Table 2 of the paper)',
  make: async (study) => {
    study.requireAttributes(COMBINATIONS.flatMap(({ parts }) => parts.map(({ name }) => name)));
    const faces = await facesOf(study);
    const data: unknown[] = [];
    const sections: Section[] = [];
    const sheet: SheetRow[] = [{ label: 'unguided', pictures: faces }];
    for (const combination of COMBINATIONS) {
      const { name, parts, paper } = combination;
      const usable = faces.filter((face) => parts.every((part) => !shows(face, part)));
      const pictures = await steer(study, parts, usable);
      const atLeast = parts.map((_, i) =>
        countOf(pictures, (picture) => parts.filter((part) => shows(picture, part)).length > i),
      );
      const each = parts.map((part) => countOf(pictures, (picture) => shows(picture, part)));
      const [paperUsable, paperAtLeast, paperEach] = paper;
      data.push({
        name,
        usable: usable.length,
        atLeast: atLeast.map((count, i) => ({ attributes: i + 1, ...count, paper: paperAtLeast[i] })),
        each: each.map((count, i) => ({ attribute: parts[i]!.name, ...count, paper: paperEach[i] })),
        paper: { usable: paperUsable },
      });
      const titles = parts.map((_, i) => (i + 1 === parts.length ? `All ${i + 1}` : `At least ${i + 1}`));
      sections.push({
        title: `${name[0]!.toUpperCase()}${name.slice(1)}: ${parts.map(({ title }) => title.toLowerCase()).join(', ')}`,
        header: ['changes', 'pictures', 'success', "paper's pictures", "paper's success"],
        rows: [
          ...rows(titles, atLeast, paperAtLeast),
          ...rows(
            parts.map(({ title }) => title),
            each,
            paperEach,
          ),
        ].map((row) => [row[0]!, row[1]!, row[2]!, String(paperUsable), row[3]!]),
      });
      if (pictures.length > 0) sheet.push({ label: name, pictures });
    }
    return {
      data: { combinations: data },
      sections,
      notes: ['Pictures: those that showed none of the four changes before. All four are asked for in every picture.'],
      sheet,
    };
  },
};

function steer(
  study: Study,
  parts: readonly Part[],
  usable: readonly JudgedPicture[],
): Promise<readonly JudgedPicture[]> {
  const concepts = parts.map(({ text, away = false }) => study.concept(text, away ? { away } : {}));
  return study.pictures(usable.map(({ job }) => ({ ...job, method: { kind: 'semantic', concepts } })));
}

function shows(picture: JudgedPicture, { name, wanted }: Part): boolean {
  return picture.has(name) === wanted;
}

function rows(titles: readonly string[], counts: readonly Count[], paper: readonly number[]): string[][] {
  return counts.map(({ usable, success }, i) => [titles[i]!, String(usable), percent(success), percent(paper[i])]);
}
