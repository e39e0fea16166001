import { ATTRIBUTES, attribute } from '../attributes.js';
import { type Curve, curvesPlot } from '../curves-plot.js';
import type { ConceptData } from '../picture-job.js';
import type { JudgedPicture, Study } from '../study.js';
import { countOf, mean, percent, pooled, type SheetRow, type Table } from '../table.js';
import { chosen } from './chosen.js';
import { facesOf } from './edit.js';

/** Tried scales and warm-ups, as shares of the usual ones, and thresholds. */
const SCALES = [0.125, 0.25, 0.5, 1, 1.5] as const;
const WARMUPS = [0, 1, 2.5] as const;
const THRESHOLDS = [0.8, 0.9, 0.95] as const;

/** How close to the best success a setting must come to be a candidate. */
const ENOUGH = 0.99;

/** What one setting of concepts does. @category Tables */
export interface SettingRow {
  readonly scale: number;
  readonly threshold: number;
  readonly warmup: number;
  readonly usable: number;
  readonly success: number | null;
  /** Share of the other attributes that changed, averaged over pictures. */
  readonly changed: number | null;
}

/**
 * The search behind a family's default: how success and isolation trade off over scale × threshold × warm-up. Chosen is the
 * setting that changes least unasked of those that succeed as often as any, or nearly.
 *
 * @category Tables
 */
export const settings: Table = {
  name: 'settings',
  title: 'Settings of a concept: success against what changes unasked',
  make: async (study) => {
    const all = ATTRIBUTES.map(({ name }) => name);
    const names = chosen(study, all, ['glasses', 'smile', 'hat', 'beard']);
    study.requireAttributes(all);
    const faces = await facesOf(study);
    const rows: SettingRow[] = [];
    const sheet: SheetRow[] = [{ label: 'unguided', pictures: faces }];
    for (const setting of grid(study)) {
      const { row, pictures } = await measure(study, setting, names, faces);
      rows.push(row);
      if (pictures.length > 0) sheet.push({ label: labelOf(row), pictures });
    }
    const best = choose(rows);
    return {
      data: { attributes: names, rows, chosen: best ?? null },
      sections: [
        {
          header: ['scale', 'threshold', 'warm-up', 'pictures', 'success', 'changed unasked', 'paper', ''],
          rows: rows.map((row) => [
            ...[row.scale, row.threshold, row.warmup, row.usable].map(String),
            percent(row.success),
            percent(row.changed),
            '',
            row === best ? 'chosen' : '',
          ]),
        },
      ],
      notes: [
        `Each attribute of ${names.join(', ')} added to the faces that lacked it. Chosen: of the settings with at least ` +
          `${ENOUGH * 100} % of the best success, the one that changes least unasked. The paper names no search.`,
      ],
      sheet,
      plot: curvesPlot('success', 'changed unasked', curves(rows)),
    };
  },
};

type Setting = Required<Pick<ConceptData, 'scale' | 'threshold' | 'warmup'>>;

function grid({ settings: { concept } }: Study): readonly Setting[] {
  const { scale, warmup: usual = 2 } = concept;
  const warmups = [...new Set(WARMUPS.map((share) => Math.round(share * Math.max(1, usual))))];
  return THRESHOLDS.flatMap((threshold) =>
    warmups.flatMap((warmup) => SCALES.map((share) => ({ scale: share * scale, threshold, warmup }))),
  );
}

async function measure(
  study: Study,
  setting: Setting,
  names: readonly string[],
  faces: readonly JudgedPicture[],
): Promise<{ readonly row: SettingRow; readonly pictures: readonly JudgedPicture[] }> {
  const counts = [];
  const changed: number[] = [];
  const pictures: JudgedPicture[] = [];
  for (const name of names) {
    const usable = faces.filter((face) => !face.has(name));
    const concepts = [study.concept(attribute(name).text, setting)];
    const after = await study.pictures(usable.map(({ job }) => ({ ...job, method: { kind: 'semantic', concepts } })));
    counts.push(countOf(after, (picture) => picture.has(name)));
    changed.push(...after.map((picture, i) => study.changedShare(usable[i]!, picture, name)));
    pictures.push(...after.slice(0, 3));
  }
  const { usable, success } = pooled(counts);
  return { row: { ...setting, usable, success, changed: mean(changed) }, pictures };
}

function choose(rows: readonly SettingRow[]): SettingRow | undefined {
  const most = Math.max(...rows.map(({ success }) => success ?? 0));
  const candidates = rows.filter(({ success }) => success !== null && success >= ENOUGH * most);
  return [...candidates].sort((a, b) => a.changed! - b.changed!)[0];
}

/** One curve over the scales for each threshold and warm-up. */
function curves(rows: readonly SettingRow[]): readonly Curve[] {
  const groups = new Map<string, SettingRow[]>();
  for (const row of rows) {
    const key = `λ ${row.threshold}, δ ${row.warmup}`;
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  return [...groups].map(([label, points]) => ({
    label,
    points: points
      .filter(({ success }) => success !== null)
      .map(({ changed, success, scale }) => ({ x: changed!, y: success!, label: String(scale) })),
  }));
}

function labelOf({ scale, threshold, warmup }: SettingRow): string {
  return `scale ${scale}, threshold ${threshold}, warm-up ${warmup}`;
}
