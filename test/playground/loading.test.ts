import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readRequest } from '@sega/cli';
import type { Browser, BrowserContext, Route } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { INITIAL_SETTINGS } from '../../examples/playground/src/settings/settings.js';
import { openBrowser, publish, type Site } from './browse.js';
import { PlaygroundPage } from './playground-page.js';

const MINUTES = 10 * 60_000;
const MODEL = 'stable-diffusion';

/** Few steps: what is drawn does not matter here. */
const START = '#prompt=a+portrait+of+a+king&seed=25&steps=2&warmup=0';

describe('the playground, loaded for the first time,', { timeout: MINUTES }, () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), publish('playground')]);
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('draws its first edit without WebGPU', async () => {
    await using context = await browser.newContext();
    const playground = await PlaygroundPage.open(context, site.address);
    await playground.drawn();
    expect(await playground.page.locator('.status').getByRole('status').textContent()).toMatch(/on WebAssembly, /);
    const { prompt, seed, concepts } = readRequest(await playground.saved(), 'picture.png');
    expect({ prompt, seed, texts: concepts.map(({ text }) => text) }).toEqual({
      prompt: INITIAL_SETTINGS.prompt,
      seed: INITIAL_SETTINGS.seed,
      texts: INITIAL_SETTINGS.concepts.map(({ text }) => text),
    });
  });

  it("asks for all of a model's files before any has arrived, and tells how much has", async () => {
    await using context = await browser.newContext({ serviceWorkers: 'block' });
    const held = await holdModel(context);
    const playground = await PlaygroundPage.open(context, site.address, START);
    const files = await modelFiles();
    await expect.poll(() => held.size, { timeout: MINUTES }).toBe(files.length);
    const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
    const progress = playground.page.getByRole('progressbar', { name: 'Loading the model' });
    let loaded = 0;
    for (const { path, bytes } of files.slice(0, -1)) {
      loaded += bytes;
      await held.get(path)!.continue();
      const percent = Math.round((loaded / total) * 100);
      await progress.and(playground.page.locator(`[aria-valuenow="${percent}"]`)).waitFor();
    }
    await held.get(files.at(-1)!.path)!.continue();
    await playground.drawn();
  });

  it('stays stopped when the model arrives after Stop, and draws when asked', async () => {
    await using context = await browser.newContext({ serviceWorkers: 'block' });
    const held = await holdModel(context);
    const playground = await PlaygroundPage.open(context, site.address, START);
    const files = await modelFiles();
    await expect.poll(() => held.size, { timeout: MINUTES }).toBe(files.length);
    await playground.press('Stop');
    const last = files.at(-1)!;
    const arrived = playground.page.waitForEvent('requestfinished', (request) => request.url().endsWith(last.path));
    for (const { path } of files) await held.get(path)!.continue();
    await arrived;
    const status = playground.page.locator('.status').getByRole('status');
    expect(await status.textContent()).toBe('Stopped');
    await playground.press('Draw');
    await playground.drawn();
  });

  it('draws on a full disk, which keeps nothing', async () => {
    await using context = await browser.newContext();
    const page = await context.newPage();
    const playground = new PlaygroundPage(page);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: site.address, quotaSize: 1 });
    await page.goto(`${site.address}/index.html${START}`);
    await playground.drawn();
    await page.waitForFunction(() => navigator.serviceWorker.controller);
    await page.reload();
    await playground.drawn();
    const kept = await page.evaluate(
      async ([manifest, largest]) => Promise.all([caches.match(manifest!), caches.match(largest!)]),
      ['bundle.json', (await modelFiles()).at(-1)!.path].map((path) => `${MODEL}/${path}`),
    );
    expect(kept).toEqual([undefined, undefined]);
  });

  /** Keeps every file of the model's from arriving but the one that lists them. */
  async function holdModel(context: BrowserContext): Promise<ReadonlyMap<string, Route>> {
    const held = new Map<string, Route>();
    const folder = `${site.address}/${MODEL}/`;
    await context.route(`${folder}**`, (route) => {
      const path = route.request().url().slice(folder.length);
      if (path === 'bundle.json') return route.continue();
      held.set(path, route);
    });
    return held;
  }

  /** From the smallest to the largest. */
  async function modelFiles(): Promise<readonly { readonly path: string; readonly bytes: number }[]> {
    const { files } = JSON.parse(await readFile(join(site.folder, MODEL, 'bundle.json'), 'utf8'));
    return Object.entries(files as Record<string, { bytes: number }>)
      .map(([path, { bytes }]) => ({ path, bytes }))
      .sort((a, b) => a.bytes - b.bytes);
  }
});
