import { GuidanceError, type Image } from '@sega/guidance';
import { ATTRIBUTES, GENDER } from './attributes.js';
import { type Judge, type Judgement, probability } from './judge.js';
import type { ConceptData, DrawSettings, MethodData, ModelIdentity, PictureJob, SafetyData } from './picture-job.js';
import type { PictureStore } from './picture-store.js';
import type { Prompt } from './prompt-set.js';
import { jobsOf, type Unit, unitsOf } from './unit.js';
import type { Drawer } from './workers/drawer.js';

/** A finished picture and what the judge says of it. @category Study */
export interface JudgedPicture extends Judgement {
  readonly job: PictureJob;
  readonly path: string;
  /** True when the judge finds the attribute at least as likely as not. */
  has(attribute: string): boolean;
  /** The judge's probability of an attribute. */
  probability(attribute: string): number;
}

/** How far the pictures asked for so far have got. @category Study */
export interface Progress {
  readonly done: number;
  readonly total: number;
  /** Of those done, pictures that were there already. */
  readonly kept: number;
}

/** What a study works with. @internal */
export interface StudyParts {
  readonly model: ModelIdentity;
  readonly settings: DrawSettings;
  readonly judge: Judge;
  readonly drawer: Drawer;
  readonly store: PictureStore;
  /** Pictures drawn together. */
  readonly batch: number;
  /** Pictures of each row, or of each preset over all prompts. */
  readonly images: number;
  readonly seedStart: number;
  /** Instead of the table's own. */
  readonly prompts?: readonly Prompt[];
  /** Attributes a table is limited to. */
  readonly only?: readonly string[];
  /** Safety presets that are compared with none. */
  readonly presets: readonly SafetyData[];
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Progress) => void;
}

/**
 * What a table is made with: it asks for pictures, and may ask for more in the light of what the judge saw.
 *
 * @category Study
 */
export class Study {
  readonly settings: DrawSettings;
  readonly judge: Judge;
  /** Of each row, counting up. */
  readonly seeds: readonly number[];
  readonly prompts: readonly Prompt[] | undefined;
  readonly only: readonly string[] | undefined;
  readonly presets: readonly SafetyData[];
  readonly #parts: StudyParts;
  readonly #judged = new Map<string, Promise<JudgedPicture>>();
  #progress: Progress = { done: 0, total: 0, kept: 0 };

  constructor(parts: StudyParts) {
    this.#parts = parts;
    this.settings = parts.settings;
    this.judge = parts.judge;
    this.seeds = Array.from({ length: parts.images }, (_, i) => parts.seedStart + i);
    this.prompts = parts.prompts;
    this.only = parts.only;
    this.presets = parts.presets;
  }

  /** A concept with the settings of the evaluation. */
  concept(text: string, changes: Partial<ConceptData> = {}): ConceptData {
    return { text, ...this.settings.concept, ...changes };
  }

  /** @throws ATTRIBUTE_UNKNOWN naming what the judge does not tell and what it does. */
  requireAttributes(names: readonly string[]): void {
    const { name, attributes } = this.judge.manifest;
    const unknown = names.filter((attribute) => !attributes.includes(attribute));
    if (unknown.length === 0) return;
    throw new GuidanceError(
      'ATTRIBUTE_UNKNOWN',
      `${name} does not tell ${unknown.join(', ')}; it tells ${attributes.join(', ')}. Use a judge that does, or name other attributes.`,
      { judge: name, unknown, attributes },
    );
  }

  /**
   * Of the paper's attributes but the one asked for, the share that differs between two pictures. What the judge's manifest
   * says no picture shows together with the one asked for is left out.
   */
  changedShare(before: JudgedPicture, after: JudgedPicture, asked: string): number {
    const others = this.others(asked);
    return others.filter((name) => before.has(name) !== after.has(name)).length / others.length;
  }

  /** The attributes that should stay as they are when one is asked for. */
  others(asked: string): readonly string[] {
    const excluded = this.judge.manifest.exclusions.filter((pair) => pair.includes(asked)).flat();
    const names = [GENDER.name, ...ATTRIBUTES.map(({ name }) => name)];
    return names.filter((name) => name !== asked && !excluded.includes(name));
  }

  /** Pictures of one prompt and method, one for each seed. */
  async draw(prompt: string, seeds: readonly number[], method?: MethodData): Promise<readonly JudgedPicture[]> {
    return this.pictures(seeds.map((seed) => ({ prompt, seed, ...(method && { method }) })));
  }

  /**
   * The pictures of some jobs, in their order: those that are missing are drawn, all are judged as they were stored.
   *
   * @throws What drawing throws, after the pictures in flight are stored; OUTPUT_UNWRITABLE; ABORTED
   */
  async pictures(jobs: readonly PictureJob[]): Promise<readonly JudgedPicture[]> {
    const missing: Unit[] = [];
    const units = unitsOf(jobs, this.#parts.batch);
    for (const unit of units) if (!(await this.#isThere(unit))) missing.push(unit);
    const total = units.reduce((sum, { images }) => sum + images, 0);
    const drawn = missing.reduce((sum, { images }) => sum + images, 0);
    this.#advance({ total, done: total - drawn, kept: total - drawn });
    await this.#drawAll(missing);
    const pictures: JudgedPicture[] = [];
    for (const job of jobs) pictures.push(await this.#judgedOnce(job));
    return pictures;
  }

  /** The pixels of a picture. */
  async image({ job }: JudgedPicture): Promise<Image> {
    return this.#parts.store.read(job);
  }

  async #isThere(unit: Unit): Promise<boolean> {
    for (const job of jobsOf(unit)) if (!(await this.#parts.store.has(job))) return false;
    return true;
  }

  async #drawAll(units: readonly Unit[]): Promise<void> {
    const queue = [...units];
    const failures: unknown[] = [];
    const lane = async (): Promise<void> => {
      while (failures.length === 0) {
        const unit = queue.shift();
        if (!unit) return;
        await this.#drawOne(unit).catch((error) => failures.push(error));
      }
    };
    await Promise.all(Array.from({ length: Math.min(this.#parts.drawer.width, units.length) }, lane));
    if (failures.length > 0) throw failures[0];
  }

  async #drawOne(unit: Unit): Promise<void> {
    const { drawer, model, settings, store, signal } = this.#parts;
    if (signal?.aborted) throw new GuidanceError('ABORTED', 'The evaluation was stopped. Run it again to go on.');
    const images = await drawer.draw({ model, settings, unit }, signal);
    for (const [item, job] of jobsOf(unit).entries()) await store.write(job, images[item]!);
    this.#advance({ done: unit.images, total: 0, kept: 0 });
  }

  #judgedOnce(job: PictureJob): Promise<JudgedPicture> {
    const path = this.#parts.store.pathOf(job);
    const known = this.#judged.get(path) ?? this.#judgeStored(job, path);
    this.#judged.set(path, known);
    return known;
  }

  async #judgeStored(job: PictureJob, path: string): Promise<JudgedPicture> {
    const judgement = await this.judge.judge(await this.#parts.store.read(job));
    return {
      ...judgement,
      job,
      path,
      has: (attribute) => judgement.logits[attribute]! >= 0,
      probability: (attribute) => probability(judgement.logits[attribute]!),
    };
  }

  #advance({ done, total, kept }: Progress): void {
    const before = this.#progress;
    this.#progress = { done: before.done + done, total: before.total + total, kept: before.kept + kept };
    this.#parts.onProgress?.(this.#progress);
  }
}
