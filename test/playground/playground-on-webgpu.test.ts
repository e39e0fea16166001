import type { Browser, Request } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowserWithWebGpu, publish, type Site } from './browse.js';
import { PlaygroundPage } from './playground-page.js';
import { scriptsOf, zippedBytes } from './scripts.js';

const MINUTES = 10 * 60_000;

/** A software renderer takes seconds for a step. */
const START = '#prompt=a+portrait+of+a+king&seed=25&steps=1&warmup=0';

describe('the playground on WebGPU', { timeout: MINUTES }, () => {
  let browser: Browser;
  let site: Site;
  let playground: PlaygroundPage;
  const requests: Request[] = [];
  const complaints: string[] = [];
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowserWithWebGpu(), publish('playground')]);
    const page = await browser.newPage();
    page.on('request', (request) => requests.push(request));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${site.address}/index.html${START}`);
    playground = new PlaygroundPage(page);
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('carries at most 150 kB of JavaScript up to the first picture', async () => {
    await playground.drawn();
    const scripts = scriptsOf(requests);
    expect(scripts.some((path) => path.includes('worker-webgpu'))).toBe(true);
    expect(await zippedBytes(site, scripts)).toBeLessThanOrEqual(150_000);
  });

  it('draws a prompt that is typed, before and after a concept that is added', async () => {
    const [king] = await playground.pictures('.frame');
    await playground.type('Prompt', 'a photo of a woman');
    await playground.press('Add glasses');
    await playground.drawn();
    const [before, after] = await playground.pictures('.frame');
    expect(new Set([king, before, after]).size).toBe(3);
    const status = playground.page.locator('.status').getByRole('status');
    expect(await status.textContent()).toMatch(/evaluations on WebGPU$/);
    expect(complaints).toEqual([]);
  });
});
