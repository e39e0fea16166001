import { ATTRIBUTES, attribute, FACE_PROMPT } from '../attributes.js';
import { spearman } from '../measures/spearman.js';
import type { PictureJob } from '../picture-job.js';
import type { JudgedPicture, Study } from '../study.js';
import { decimal, mean, type SheetRow, type Table } from '../table.js';
import { chosen } from './chosen.js';
import { jobsOfPrompt } from './domains.js';

/**
 * Strengths of the concept in twenty-fourths of the usual one; those below zero steer away. At the usual one the judge has
 * long been certain, and how certain it is beyond that says nothing of the picture.
 */
const STRENGTHS = [-6, -4, -2, -1, 0, 1, 2, 4, 6] as const;

/** How an attribute follows the strength of its concept. @category Tables */
export interface MonotonicityRow {
  readonly attribute: string;
  /** Mean log-odds of the judge at each strength. */
  readonly logits: readonly (number | null)[];
  /** Spearman's correlation of strength and mean log-odds. */
  readonly ofMeans: number | null;
  /** Mean of the correlations of each prompt and seed's own pictures. */
  readonly perPicture: number | null;
}

/** Monotonicity: the stronger the concept, the more of the attribute. @category Tables */
export const monotonicity: Table = {
  name: 'monotonicity',
  title: 'Monotonicity: strength of the concept against what the judge sees',
  takesPrompts: true,
  make: async (study) => {
    const names = chosen(
      study,
      ATTRIBUTES.map(({ name }) => name),
      ['smile', 'glasses', 'beard'],
    );
    const scales = STRENGTHS.map((share) => (share * study.settings.concept.scale) / 24);
    const prompts = study.prompts ?? [{ text: FACE_PROMPT, categories: [] }];
    const unguided = prompts.flatMap((prompt) => jobsOfPrompt(study, prompts, prompt));
    const rows: MonotonicityRow[] = [];
    const sheet: SheetRow[] = [];
    for (const name of names) {
      const columns: (readonly JudgedPicture[])[] = [];
      for (const scale of scales) columns.push(await drawAt(study, unguided, attribute(name).text, scale));
      const logits = columns.map((pictures) => mean(pictures.map((picture) => picture.logits[name]!)));
      const own = unguided.map((_, i) =>
        spearman(
          scales,
          columns.map((pictures) => pictures[i]!.logits[name]!),
        ),
      );
      rows.push({
        attribute: name,
        logits,
        ofMeans: spearman(scales, logits as number[]) ?? null,
        perPicture: mean(own.filter((value) => value !== undefined)),
      });
      columns.forEach((pictures, i) => {
        sheet.push({ label: `${name} ${scales[i]}`, pictures });
      });
    }
    return {
      data: { scales, rows },
      sections: [
        {
          header: [
            'attribute',
            'correlation of means',
            'per picture',
            'paper',
            ...scales.map((scale) => `at ${Number(scale.toFixed(3))}`),
          ],
          rows: rows.map(({ attribute: name, ofMeans, perPicture, logits }) => [
            name,
            decimal(ofMeans),
            decimal(perPicture),
            'monotonic',
            ...logits.map((value) => decimal(value, 1)),
          ]),
        },
      ],
      notes: [
        "Spearman's correlation of the concept's strength and the judge's log-odds: of the means over all seeds, and the " +
          'mean of the correlations of each seed. Strengths go from none to a quarter of the usual one, where the judge is ' +
          'certain, and below zero away from the concept. The paper shows examples and gives no figure.',
      ],
      sheet,
    };
  },
};

function drawAt(
  study: Study,
  unguided: readonly PictureJob[],
  text: string,
  strength: number,
): Promise<readonly JudgedPicture[]> {
  if (strength === 0) return study.pictures(unguided);
  const changes = { scale: Math.abs(strength), ...(strength < 0 && { away: true }) };
  const concepts = [study.concept(text, changes)];
  return study.pictures(unguided.map((job) => ({ ...job, method: { kind: 'semantic', concepts } })));
}
