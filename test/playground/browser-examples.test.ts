import type { Browser, Page } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, publish, type Site } from './browse.js';

const MINUTES = 5 * 60_000;

describe('examples/browser', () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), publish('browser')]);
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('the smallest page draws a king and a queen', { timeout: MINUTES }, async () => {
    const [king, queen] = await drawn('index.html');
    expect(king).not.toBe(queen);
  });

  it('a worker of the page draws the same queen', { timeout: MINUTES }, async () => {
    const [, queen] = await drawn('index.html');
    expect(await drawn('worker.html')).toEqual([queen]);
  });

  const known = new Map<string, readonly string[]>();

  /** The canvases of a page that has drawn. */
  async function drawn(name: string): Promise<readonly string[]> {
    const before = known.get(name);
    if (before) return before;
    const page: Page = await browser.newPage();
    const failed = new Promise<never>((_, reject) => page.on('pageerror', reject));
    await page.goto(`${site.address}/${name}`);
    const title = page.waitForFunction(() => document.title === 'Drawn', undefined, { timeout: MINUTES });
    await Promise.race([title, failed]);
    const pictures = await page.$$eval('canvas', (all) => all.map((one) => (one as HTMLCanvasElement).toDataURL()));
    await page.close();
    known.set(name, pictures);
    return pictures;
  }
});
