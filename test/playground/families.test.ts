import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readRequest } from '@sega/cli';
import type { Browser, BrowserContext, Request } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, publish, type Site } from './browse.js';
import { PlaygroundPage } from './playground-page.js';
import { scriptsOf, zippedBytes } from './scripts.js';

const MINUTES = 10 * 60_000;

/** Few steps: what is drawn does not matter here. */
const EDITED = '#prompt=a+portrait+of+a+king&seed=25&steps=2&warmup=0&concept=male@-6&concept=female@6';
const APPLIED = `${EDITED}&apply=a+woman&apply=a+drawing+of+a+man`;

describe('the playground with every family', { timeout: MINUTES }, () => {
  let browser: Browser;
  let site: Site;
  let context: BrowserContext;
  let playground: PlaygroundPage;
  const requests: Request[] = [];
  const edits = new Set<string>();
  beforeAll(async () => {
    const models = { 'random-paella': 'adapters/paella/test/fixtures/random-paella' };
    [browser, site] = await Promise.all([openBrowser(), publish('playground', models)]);
    context = await browser.newContext();
    context.on('request', (request) => requests.push(request));
    playground = await PlaygroundPage.open(context, site.address, `${APPLIED}&model=/random-paella`);
    await playground.page.getByText('Advanced').click();
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('draws and experiments with a bundle of its server that a link names', async () => {
    await expectEdit('/random-paella');
    await playground.openExperiment('Where it acts', 4);
    await playground.openExperiment('Other prompts', 4);
  });

  describe.each([
    ['Stable Diffusion', 'stable-diffusion'],
    ['DeepFloyd-IF', 'deepfloyd-if'],
    ['Paella', 'paella'],
  ])('%s picked', (name, id) => {
    it('draws what no other model drew', async () => {
      await playground.pickModel(name);
      // Steps belong to a model, and a pick leaves them to it.
      await playground.type('Steps', '2');
      await expectEdit(id);
    });

    it('shows where concepts act', async () => {
      await playground.openExperiment('Where it acts', 4);
    });

    it('draws other strengths differently', async () => {
      await playground.openExperiment('Strength', 7);
      expect(new Set(await playground.pictures('.panel')).size).toBe(7);
    });

    it('changes pictures of other prompts by what the concepts did', async () => {
      await playground.openExperiment('Other prompts', 4);
      expect(new Set(await playground.pictures('.panel')).size).toBe(4);
    });
  });

  it('sends nothing, and carries at most 150 kB of JavaScript', async () => {
    expect(requests.filter((request) => new URL(request.url()).origin !== site.address)).toEqual([]);
    expect(requests.filter((request) => request.method() !== 'GET')).toEqual([]);
    const scripts = scriptsOf(requests);
    expect(scripts.some((path) => path.includes('worker-wasm'))).toBe(true);
    const [onWebGpu] = (await readdir(join(site.folder, 'assets'))).filter((name) => name.startsWith('worker-webgpu'));
    const others = scripts.filter((path) => !path.includes('worker-wasm'));
    expect(await zippedBytes(site, scripts)).toBeLessThanOrEqual(150_000);
    expect(await zippedBytes(site, [...others, `assets/${onWebGpu}`])).toBeLessThanOrEqual(150_000);
  });

  /** That a model draws, differently with the concepts and than all before it. */
  async function expectEdit(model: string): Promise<void> {
    await playground.drawn();
    expect(readRequest(await playground.saved(), 'picture.png')).toMatchObject({ model: { source: model } });
    const [before, after] = await playground.pictures('.frame');
    expect(before).not.toBe(after);
    expect(edits).not.toContain(after);
    edits.add(after!);
  }
});
