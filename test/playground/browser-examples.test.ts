import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
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

describe('examples/ssr', () => {
  let browser: Browser;
  let site: Site;
  let sent: string;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), publish('ssr')]);
    const server: { render(): string } = await import(join(import.meta.dirname, '../../examples/ssr/entry-server.js'));
    sent = server.render();
    const page = join(site.folder, 'index.html');
    await writeFile(page, (await readFile(page, 'utf8')).replace('<!--app-->', sent));
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('the page the server sent stays as it is in the browser, and draws when asked', { timeout: MINUTES }, async () => {
    await using context = await browser.newContext();
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    await page.goto(`${site.address}/index.html`);
    expect(await page.locator('#root').innerHTML()).toBe(sent);
    const look = (): Promise<string> =>
      page.locator('canvas').evaluate((one) => (one as HTMLCanvasElement).toDataURL());
    const empty = await look();
    await page.getByRole('button', { name: 'Draw a king with glasses' }).click();
    await page.waitForFunction(() => document.querySelector('[role=status]')!.textContent, undefined, {
      timeout: MINUTES,
    });
    expect(await page.getByRole('status').textContent()).toBe('Drawn.');
    expect(await look()).not.toBe(empty);
    expect(complaints).toEqual([]);
  });
});
