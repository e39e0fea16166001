import type { Browser } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serveFolders } from '../bundlers/static-server.js';
import { openBrowser, publish, type Site } from './browse.js';
import { PlaygroundPage } from './playground-page.js';

const MINUTES = 10 * 60_000;
const KING = '#prompt=a+portrait+of+a+king&seed=25&warmup=0';

describe('the playground, while it draws,', { timeout: MINUTES }, () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), publish('playground')]);
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it('shows the picture as it comes', async () => {
    await using context = await browser.newContext();
    await context.addInitScript(() => {
      const looks = new Set<string>();
      const look = (): void => {
        const canvas = document.querySelector<HTMLCanvasElement>('.frame[aria-busy="true"] canvas');
        if (canvas) looks.add(canvas.toDataURL());
        requestAnimationFrame(look);
      };
      look();
      Object.assign(globalThis, { looks });
    });
    // Enough steps for previews on a fast machine, too.
    const playground = await PlaygroundPage.open(context, site.address, `${KING}&steps=60`);
    await playground.drawn();
    const looks = await playground.page.evaluate(() => (globalThis as unknown as { looks: Set<string> }).looks.size);
    expect(looks).toBeGreaterThan(1);
  });

  it('never holds the page up for half a step of the network', async () => {
    // One thread and many concepts make a step take many frames on any machine.
    const alone = { 'cross-origin-opener-policy': 'unsafe-none', 'cross-origin-embedder-policy': 'unsafe-none' };
    await using server = await serveFolders({ '': site.folder }, alone);
    await using context = await browser.newContext({ serviceWorkers: 'block' });
    const playground = await PlaygroundPage.open(context, server.address, `${KING}&steps=2`);
    const { page } = playground;
    await playground.drawn();
    await page.evaluate(() => {
      const gaps = { longest: 0 };
      let last = performance.now();
      const onFrame = (): void => {
        const now = performance.now();
        gaps.longest = Math.max(gaps.longest, now - last);
        last = now;
        requestAnimationFrame(onFrame);
      };
      onFrame();
      Object.assign(globalThis, { gaps });
    });
    const steps = 4;
    const concepts = Array.from({ length: 40 }, (_, i) => `&concept=hat+${i}@1`).join('');
    await playground.go(`${KING}&steps=${steps}${concepts}`);
    await playground.drawn();
    const longest = await page.evaluate(() => (globalThis as unknown as { gaps: { longest: number } }).gaps.longest);
    const status = await page.locator('.status').getByRole('status').textContent();
    const [, seconds] = /^([\d.]+) s, \d+ evaluations on WebAssembly, 1 thread$/.exec(status!)!;
    expect(longest).toBeLessThan(((Number(seconds) / steps) * 1000) / 2);
  });
});
