import { join } from 'node:path';
import { GuidanceError, type Model } from '@sega/guidance';
import { contactSheet } from './contact-sheet.js';
import { encodePng } from './files/png.js';
import { writeWhole } from './files/whole-file.js';
import { checkSize, type Judge } from './judge.js';
import { markdown } from './markdown.js';
import { steeredStage } from './method-guidance.js';
import type { DrawSettings, ModelIdentity, SafetyData } from './picture-job.js';
import { PictureStore } from './picture-store.js';
import type { Prompt } from './prompt-set.js';
import { type Progress, Study } from './study.js';
import { tableOf } from './tables.js';
import { batchOf } from './unit.js';
import type { Drawer } from './workers/drawer.js';

/** The presets every family has. */
const PRESETS: readonly SafetyData[] = ['weak', 'medium', 'strong', 'max'].map((preset) => ({ preset }));

/** Settings that replace the model's own. @category Evaluate */
export interface SettingChanges {
  /** Classifier-free guidance scale of the steered stage. */
  readonly scale?: number;
  /** Of every stage. */
  readonly steps?: number;
  /** Of every concept. */
  readonly concept?: number;
  readonly threshold?: number;
  readonly warmup?: number;
  readonly momentum?: number;
  readonly beta?: number;
}

/** Settings of {@link evaluate}. @category Evaluate */
export interface EvaluateOptions {
  /** Name of the table. */
  readonly table: string;
  readonly model: ModelIdentity;
  /** What the model recommends, decided by {@link drawSettings}. */
  readonly settings: DrawSettings;
  /** Pixels of the model's pictures. */
  readonly size: { readonly width: number; readonly height: number };
  readonly judge: Judge;
  readonly drawer: Drawer;
  /** Folder for the pictures and the table's reports. */
  readonly out: string;
  /** Pictures of each row; of a set of prompts, all prompts together have at least as many. Default 250. */
  readonly images?: number;
  /** Default 0. */
  readonly seedStart?: number;
  /** Instead of the table's own. */
  readonly prompts?: readonly Prompt[];
  /** Attributes the table is limited to. Default: all of the paper's. */
  readonly only?: readonly string[];
  /** Safety presets that are compared with none, from light to strict. Default: weak, medium, strong, max. */
  readonly presets?: readonly SafetyData[];
  /** Stops the evaluation; what is finished is kept. */
  readonly signal?: AbortSignal;
  /** Called whenever pictures are finished. */
  readonly onProgress?: (progress: Progress) => void;
}

/** A table's figures; beside these fields those of the table itself. @category Evaluate */
export interface EvaluationReport {
  /** Version of this format. */
  readonly format: 1;
  readonly table: string;
  readonly model: ModelIdentity;
  readonly judge: { readonly name: string; readonly version: string };
  readonly settings: DrawSettings;
  readonly images: number;
  readonly seedStart: number;
  readonly [field: string]: unknown;
}

/** What {@link evaluate} gives. @category Evaluate */
export interface Evaluation {
  readonly report: EvaluationReport;
  readonly markdown: string;
  /** Files that were written: the JSON report, the Markdown page, a plot if the table has one, the contact sheet if there was a picture. */
  readonly files: readonly string[];
}

/**
 * Makes a table: draws the pictures it asks for that are not there yet, has the judge look at them, counts, and writes
 * `<out>/<table>/report.json`, `report.md`, `sheet.png` and for some tables `plot.svg`. Pictures go to `<out>/pictures` as they are finished, so that a
 * run that was stopped goes on where it was, and tables share what they have in common.
 *
 * The report depends on the model, the judge and the options alone: not on who drew the pictures, in which order, or how
 * often the run was stopped.
 *
 * @throws OPTION_INVALID, ATTRIBUTE_UNKNOWN, SIZE_UNSUPPORTED before any picture; OUTPUT_UNWRITABLE; ABORTED; what the drawer throws
 *
 * @example
 * const { markdown } = await evaluate({ ...parts, table: 'attributes', images: 50, out: 'out/evaluation' });
 * declare const parts: Omit<EvaluateOptions, 'table' | 'out'>;
 * @category Evaluate
 */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const { model, settings, judge, drawer, out, images = 250, seedStart = 0, size } = options;
  const table = tableOf(options.table);
  checkCounts(images, seedStart);
  checkSize(size, judge.manifest);
  if (options.prompts && !table.takesPrompts) {
    throw new GuidanceError('OPTION_INVALID', `The table ${table.name} has prompts of its own. Leave the set out.`, {
      option: 'prompts',
      table: table.name,
    });
  }
  if (options.presets && !table.takesPresets) {
    throw new GuidanceError('OPTION_INVALID', `The table ${table.name} compares no safety presets. Leave them out.`, {
      option: 'presets',
      table: table.name,
    });
  }
  const store = new PictureStore(join(out, 'pictures'), model, settings);
  const pathOf = (file: string): string => join(out, table.name, file);
  await store.check(pathOf('report.json'));
  const { prompts, only, presets = PRESETS, signal, onProgress } = options;
  const study = new Study({
    model,
    settings,
    judge,
    drawer,
    store,
    batch: batchOf(size),
    images,
    seedStart,
    presets,
    ...(prompts && { prompts }),
    ...(only && { only }),
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  });
  const result = await table.make(study);
  const { name, version } = judge.manifest;
  const report: EvaluationReport = {
    format: 1,
    table: table.name,
    model,
    judge: { name, version },
    settings,
    images,
    seedStart,
    ...result.data,
  };
  const page = markdown(table.title, report, result);
  const sheet = await contactSheet(study, result.sheet);
  const files = [
    [pathOf('report.json'), `${JSON.stringify(report, null, 2)}\n`],
    [pathOf('report.md'), page],
    ...(result.plot === undefined ? [] : [[pathOf('plot.svg'), result.plot] as const]),
    ...(sheet ? [[pathOf('sheet.png'), encodePng(sheet)] as const] : []),
  ] as const;
  for (const [path, contents] of files) await writeWhole(path, contents);
  return { report, markdown: page, files: files.map(([path]) => path) };
}

/**
 * The settings of an evaluation: the model's own, one for all pictures, and what replaces them.
 *
 * @param threads - Threads a network may use. Default 1: several processes then do more than several threads.
 * @throws OPTION_INVALID, STEPS_INVALID when a change is out of its range.
 *
 * @example
 * drawSettings(model, { concept: 7 }).concept; // { scale: 7, threshold: 0.9, warmup: 2 }
 * @category Evaluate
 */
export function drawSettings(model: Model, changes: SettingChanges = {}, threads = 1): DrawSettings {
  const { scale, steps, concept, threshold, warmup, momentum, beta } = changes;
  check('scale', scale);
  check('concept', concept, 0);
  check('threshold', threshold, 0, 1);
  check('warmup', warmup, 0, undefined, true);
  check('momentum', momentum, 0, 1);
  check('beta', beta, 0, 1);
  check('steps', steps, 1, 1000, true);
  check('threads', threads, 1, 1024, true);
  const { concept: own, momentum: usual = { scale: 0 } } = model.defaults;
  return {
    scale: scale ?? steeredStage(model).defaults.scale,
    ...(steps !== undefined && { steps }),
    momentum: { scale: momentum ?? usual.scale, beta: beta ?? usual.beta ?? 0.4 },
    concept: {
      ...own,
      ...(concept !== undefined && { scale: concept }),
      ...(threshold !== undefined && { threshold }),
      ...(warmup !== undefined && { warmup }),
    },
    threads,
  };
}

function checkCounts(images: number, seedStart: number): void {
  check('images', images, 1, 1_000_000, true);
  check('seedStart', seedStart, 0, Number.MAX_SAFE_INTEGER - images, true);
}

function check(option: string, value: number | undefined, min = -Infinity, max = Infinity, integer = false): void {
  if (value === undefined) return;
  if (Number.isFinite(value) && value >= min && value <= max && (!integer || Number.isInteger(value))) return;
  const bounds = [
    ...(min === -Infinity ? [] : [`at least ${min}`]),
    ...(max === Infinity ? [] : [`at most ${max}`]),
  ].join(' and ');
  throw new GuidanceError(
    'OPTION_INVALID',
    `${option} is ${value}; it must be a ${integer ? 'whole ' : ''}number${bounds && ` of ${bounds}`}.`,
    { option, value },
  );
}
