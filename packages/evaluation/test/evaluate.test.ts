import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openJudge } from '@sega/bundle';
import { folder as bundleFolder } from '@sega/bundle/node';
import { GuidanceError, type Image } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { faceJudge as judgeBundle } from '@sega/tiny-faces';
import { afterAll, describe, expect, it } from 'vitest';
import {
  type Drawer,
  type DrawSettings,
  type DrawTask,
  type EvaluateOptions,
  evaluate,
  loadJudge,
  type PictureJob,
  TABLES,
} from '../src/index.js';
import { jobsOf } from '../src/unit.js';
import { pictureOf, SHOWN } from './golden-pictures.js';

const root = mkdtempSync(join(tmpdir(), 'sega-evaluate-'));
const runtime = nodeRuntime({ threads: 1 });
const judge = await loadJudge(runtime, await openJudge(bundleFolder(judgeBundle)));
afterAll(async () => {
  await judge[Symbol.asyncDispose]();
  await runtime.dispose();
  rmSync(root, { recursive: true, force: true });
});

const model = { source: 'perfect', family: 'perfect', name: 'perfect', version: '1', sha256: '0' };
const settings: DrawSettings = {
  scale: 3,
  momentum: { scale: 0, beta: 0.4 },
  concept: { scale: 6, threshold: 0.9, warmup: 2 },
  threads: 1,
};

/** A model that shows just what it is steered to, in drawings of which we know what they show; odd seeds have glasses. */
class PerfectDrawer implements Drawer {
  readonly width = 3;
  readonly drawn: PictureJob[] = [];
  readonly #fails: (job: PictureJob) => boolean;

  constructor(fails: (job: PictureJob) => boolean = () => false) {
    this.#fails = fails;
  }

  async draw({ unit }: DrawTask): Promise<readonly Image[]> {
    const jobs = jobsOf(unit);
    if (jobs.some(this.#fails)) throw new GuidanceError('NOT_FINITE', 'no picture');
    this.drawn.push(...jobs);
    return jobs.map(shownBy);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function shownBy({ method, prompt, seed }: PictureJob): Image {
  const concepts = method?.kind === 'semantic' || method?.kind === 'replay' ? method.concepts : [];
  const asked = concepts.find(({ away }) => !away)?.text;
  if (asked) return pictureOf(SHOWN.find((shown) => asked.includes(shown)) ?? 'photo');
  if (method?.kind === 'safe') return pictureOf(method.preset === 'max' || seed % 4 > 0 ? 'photo' : 'drops');
  if (prompt.includes('blood')) return pictureOf('drops');
  return pictureOf(prompt.includes('random person') && seed % 2 === 1 && concepts.length === 0 ? 'glasses' : 'photo');
}

let runs = 0;
function options(table: string, changes: Partial<EvaluateOptions> = {}): EvaluateOptions {
  const out = join(root, String(++runs));
  const size = { width: 64, height: 64 };
  return { table, model, settings, size, judge, drawer: new PerfectDrawer(), out, images: 10, ...changes };
}

describe('evaluate', () => {
  it('counts the pictures that lacked an attribute and those that had it', async () => {
    const { report } = await evaluate(options('attributes', { only: ['glasses', 'hat'] }));
    expect(report).toMatchObject({
      added: [
        { attribute: 'glasses', usable: 5, succeeded: 5, success: 1, paper: { usable: 243, success: 1 } },
        { attribute: 'hat', usable: 10, succeeded: 10, success: 1 },
      ],
      removed: [{ attribute: 'glasses', usable: 5, succeeded: 5, success: 1 }, { attribute: 'hat' }],
      overall: { added: { usable: 15, success: 1, paper: { usable: 1922, success: 0.95 } } },
    });
  });

  it('says where no picture was usable', async () => {
    const { report, markdown } = await evaluate(options('attributes', { only: ['hat'] }));
    expect(report.removed).toEqual([
      { attribute: 'hat', usable: 0, succeeded: 0, success: null, paper: { usable: 31, success: 0.903 } },
    ]);
    expect(markdown).toContain('| No hat | 0 | no usable pictures | 31 | 90.3 % |');
  });

  it('compares presets with none, which comes first', async () => {
    const prompts = [
      { text: 'a person with blood', categories: ['violence'] },
      { text: 'a face', categories: ['hate'], seed: 40, scale: 7 },
    ];
    const { report } = await evaluate(options('safety', { prompts, images: 16 }));
    expect(report.presets).toMatchObject([
      {
        preset: 'none',
        probability: 0.5,
        images: 16,
        kept: 1,
        categories: { violence: { probability: 1, images: 8 } },
      },
      { preset: 'weak', probability: 0.25 },
      { preset: 'medium' },
      { preset: 'strong', expectedMaximum: 0.25 },
      { preset: 'max', probability: 0, expectedMaximum: 0 },
    ]);
  });

  it('counts how many of four changes came together', async () => {
    // Of four concepts the first alone is drawn: glasses, makeup.
    const { report } = await evaluate(options('combinations'));
    expect(report.combinations).toMatchObject([
      {
        name: 'combination 1',
        usable: 5,
        atLeast: [
          { attributes: 1, success: 1 },
          { success: 0 },
          { success: 0 },
          { attributes: 4, success: 0, paper: 0.907 },
        ],
        each: [{ attribute: 'glasses', success: 1 }, { attribute: 'smile', success: 0 }, {}, {}],
      },
      { name: 'combination 2', usable: 0, atLeast: [{ success: null }, {}, {}, { paper: 0.756 }] },
    ]);
  });

  it('counts what changed unasked, but not what cannot be seen together', async () => {
    const { report } = await evaluate(options('isolation', { only: ['hat', 'bald'] }));
    // Odd seeds lose the glasses they had when another attribute is asked for; a bald head has no curls, bangs or gray hair.
    const [bald, hat] = report.rows as { changed: number; changes: Record<string, number> }[];
    expect(hat).toMatchObject({ attribute: 'hat', usable: 10, changes: { glasses: 0.5, smile: 0 } });
    expect(hat!.changed).toBeCloseTo(0.5 / 9, 12);
    expect(Object.keys(bald!.changes)).toEqual(['male', 'glasses', 'smile', 'beard', 'hat', 'makeup']);
  });

  it('follows the strength of a concept over prompts of the caller, all strengths in the same pictures', async () => {
    const drawer = new PerfectDrawer();
    const prompts = [
      { text: 'a man', categories: [], seed: 7 },
      { text: 'a woman', categories: [] },
    ];
    const { report } = await evaluate(options('monotonicity', { drawer, prompts, only: ['glasses'], images: 4 }));
    // Glasses are there at every strength above none and at no other, so five of the nine ranks are tied and so are four:
    // of squares about the mean there are 60 and 45, of products 45.
    const [row] = report.rows as { ofMeans: number; perPicture: number; logits: number[] }[];
    expect(row!.logits[4]).toBeLessThan(0);
    expect(row!.logits.slice(5).every((value) => value > 0)).toBe(true);
    expect(row!.ofMeans).toBeCloseTo(Math.sqrt(3 / 4), 12);
    expect(row!.perPicture).toBeCloseTo(row!.ofMeans, 12);
    const asked = drawer.drawn.map(({ prompt, seed }) => `${prompt} ${seed}`);
    expect(asked).toHaveLength(9 * 4);
    expect(new Set(asked)).toEqual(new Set(['a man 7', 'a man 8', 'a woman 0', 'a woman 1']));
  });

  it.each(TABLES.map(({ name }) => name))('makes the table %s with a report, a page and a sheet', async (name) => {
    const drawer = new PerfectDrawer();
    const { report, files } = await evaluate(options(name, { drawer, images: 4 }));
    expect(report).toMatchObject({ format: 1, table: name, images: 4, seedStart: 0, settings });
    expect(files.every((file) => existsSync(file))).toBe(true);
    expect(files).toHaveLength(name === 'settings' ? 4 : 3);
    expect(JSON.parse(readFileSync(files[0]!, 'utf8'))).toEqual(report);
  });

  it('draws what is missing and nothing twice', async () => {
    const first = options('attributes', { only: ['hat'] });
    const { report } = await evaluate(first);
    const pictures = join(first.out, 'pictures');
    const lost = readdirSync(pictures)[0]!;
    rmSync(join(pictures, lost));
    const drawer = new PerfectDrawer();
    const again = await evaluate({ ...first, drawer });
    expect(again.report).toEqual(report);
    expect(drawer.drawn.length).toBeGreaterThan(0);
    expect(drawer.drawn.length).toBeLessThanOrEqual(8);
    const other = new PerfectDrawer();
    await evaluate({ ...first, table: 'isolation', drawer: other });
    expect(other.drawn).toEqual([]);
  });

  it('keeps what was finished when drawing fails', async () => {
    const failing = options('attributes', { only: ['hat'], drawer: new PerfectDrawer(({ seed }) => seed === 9) });
    await expect(evaluate(failing)).rejects.toMatchObject({ code: 'NOT_FINITE' });
    expect(readdirSync(join(failing.out, 'pictures')).length).toBe(8);
    const drawer = new PerfectDrawer();
    await evaluate({ ...failing, drawer });
    expect(drawer.drawn.filter(({ method }) => !method).map(({ seed }) => seed)).toEqual([8, 9]);
  });

  it('stops when told to', async () => {
    await expect(evaluate(options('methods', { signal: AbortSignal.abort() }))).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });

  it('tells how far it is', async () => {
    const seen: unknown[] = [];
    await evaluate(options('attributes', { only: ['hat'], onProgress: (progress) => seen.push(progress) }));
    expect(seen.at(0)).toEqual({ done: 0, total: 10, kept: 0 });
    expect(seen.at(-1)).toEqual({ done: 20, total: 20, kept: 0 });
  });

  it.each<[string, string, Partial<EvaluateOptions>]>([
    ['an unknown table', 'OPTION_INVALID', { table: 'beauty' }],
    ['an attribute the judge does not tell', 'ATTRIBUTE_UNKNOWN', { only: ['moustache'] }],
    ['an attribute the table has no row for', 'OPTION_INVALID', { only: ['crown'] }],
    ['no pictures', 'OPTION_INVALID', { images: 0 }],
    ['pictures of another size than the judge takes', 'SIZE_UNSUPPORTED', { size: { width: 32, height: 64 } }],
    ['half a picture', 'OPTION_INVALID', { images: 1.5 }],
    ['a negative seed', 'OPTION_INVALID', { seedStart: -1 }],
    ['prompts where a table has its own', 'OPTION_INVALID', { prompts: [{ text: 'a face', categories: [] }] }],
  ])('refuses %s', async (_, code, changes) => {
    const drawer = new PerfectDrawer();
    await expect(evaluate(options('attributes', { drawer, ...changes }))).rejects.toMatchObject({ code });
    expect(drawer.drawn).toEqual([]);
  });

  it('refuses an output that cannot be written before it draws', async () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    const drawer = new PerfectDrawer();
    await expect(evaluate(options('attributes', { drawer, out: join(file, 'below') }))).rejects.toMatchObject({
      code: 'OUTPUT_UNWRITABLE',
    });
    expect(drawer.drawn).toEqual([]);
  });
});
