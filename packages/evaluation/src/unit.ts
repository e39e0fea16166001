import type { PictureJob } from './picture-job.js';

/**
 * Pictures that are drawn together: one job for several seeds that count up. A picture may differ in its last bits with
 * its company, so which pictures make a unit depends on the jobs alone, never on who draws them or what is there already.
 *
 * @category Jobs
 */
export interface Unit {
  /** The job of the first picture. */
  readonly job: PictureJob;
  /** Pictures, whose seeds count up from the job's. */
  readonly images: number;
}

/** Pixels of the pictures drawn together at most, so that memory stays bounded. */
const PIXELS = 8 * 64 * 64;

/** Pictures of one size drawn together at most: 8 small ones, 1 large one. @internal */
export function batchOf({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.min(8, Math.max(1, Math.floor(PIXELS / (width * height))));
}

/**
 * The units of some jobs: those that differ in their seed alone are drawn together while their seeds count up within
 * one multiple of the batch. Each job is drawn once, however often it is named.
 *
 * @internal
 */
export function unitsOf(jobs: readonly PictureJob[], batch: number): readonly Unit[] {
  const groups = new Map<string, PictureJob[]>();
  for (const job of jobs) {
    const key = JSON.stringify(canonical({ ...job, seed: 0 }));
    const group = groups.get(key);
    if (group) group.push(job);
    else groups.set(key, [job]);
  }
  return [...groups.values()].flatMap((group) => unitsOfGroup(group, batch));
}

function unitsOfGroup(group: readonly PictureJob[], batch: number): Unit[] {
  const sorted = [...group].sort((a, b) => a.seed - b.seed).filter(({ seed }, i, all) => seed !== all[i - 1]?.seed);
  const units: Unit[] = [];
  for (const job of sorted) {
    const last = units.at(-1);
    const follows = last !== undefined && job.seed === last.job.seed + last.images && job.seed % batch !== 0;
    if (follows) units[units.length - 1] = { ...last, images: last.images + 1 };
    else units.push({ job, images: 1 });
  }
  return units;
}

/** The jobs of a unit, one for each picture. @internal */
export function jobsOf({ job, images }: Unit): readonly PictureJob[] {
  return Array.from({ length: images }, (_, item) => ({ ...job, seed: job.seed + item }));
}

/** The same value with the keys of every object in order, so that equal data has equal text. @internal */
export function canonical(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, own]) => own !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, own]) => [key, canonical(own)]));
}
