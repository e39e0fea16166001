import { readdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { decodePng, readRequest } from '@sega/cli';
import type { Browser, BrowserContext } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MODELS } from '../../examples/playground/src/models/models.js';
import { openBrowser, publish, type Site } from './browse.js';
import { PlaygroundPage } from './playground-page.js';

const MINUTES = 10 * 60_000;
const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** Few steps: what is drawn does not matter here. */
const START = '#prompt=a+portrait+of+a+king&seed=25&steps=2&warmup=0';
const EDITED = `${START}&concept=male@-6&concept=female@6`;

describe('the playground', { timeout: MINUTES }, () => {
  let browser: Browser;
  let site: Site;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), publish('playground')]);
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  const open = (context: BrowserContext, hash: string): Promise<PlaygroundPage> =>
    PlaygroundPage.open(context, site.address, hash);

  it('publishes the models that can be picked and nothing else of the box', async () => {
    const files = ['assets', 'index.html', 'service-worker.js'];
    expect((await readdir(site.folder)).sort()).toEqual([...files, ...MODELS.map(({ id }) => id)].sort());
  });

  it('draws a prompt that is typed, before and after two concepts that are added', async () => {
    const context = await browser.newContext();
    const playground = await open(context, START);
    await playground.drawn();
    const king = await playground.pictures('.frame');
    expect(king).toHaveLength(1);
    await playground.type('Prompt', 'a photo of a woman');
    await playground.press('Add glasses');
    await playground.type('New concept', 'smiling, smile');
    await playground.drawn();
    const [before, after] = await playground.pictures('.frame');
    expect(new Set([...king, before, after]).size).toBe(3);
    await context.close();
  });

  describe('with a finished edit', () => {
    let context: BrowserContext;
    let playground: PlaygroundPage;
    beforeAll(async () => {
      context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
      playground = await open(context, `${EDITED}&momentum=0.3`);
      await playground.drawn();
    }, MINUTES);
    afterAll(() => context.close());

    it('saves a picture that the command line can draw again', async () => {
      const file = await playground.saved();
      const { image, texts } = decodePng(file);
      expect([image.width, image.height, texts.prompt]).toEqual([64, 64, 'a portrait of a king']);
      expect(readRequest(file, 'picture.png')).toMatchObject({
        model: { source: 'stable-diffusion' },
        seed: 25,
        steps: 2,
        momentum: { scale: 0.3 },
        concepts: [
          { direction: 'away', text: 'male', scale: 6, warmup: 0 },
          { direction: 'toward', text: 'female', scale: 6 },
        ],
      });
    });

    it.each([
      ['light', 1280],
      ['dark', 390],
    ] as const)('has no serious accessibility issue in %s at %i pixels', async (colorScheme, width) => {
      const { page } = playground;
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 844 });
      await page.addScriptTag({ path: AXE });
      await page.locator('details').evaluate((details) => {
        (details as HTMLDetailsElement).open = true;
      });
      for (const experiment of ['Seeds', 'Strength', 'Where it acts', 'Other prompts']) {
        await page.getByRole('tab', { name: experiment }).click();
        expect(await playground.seriousIssues()).toEqual([]);
      }
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(width);
    });

    it('restores everything from a link', async () => {
      await playground.type('Threshold', '0.8');
      await playground.type('Seed', '7');
      await playground.page.getByLabel('Strength of female').press('ArrowLeft');
      await playground.page.getByLabel('Wipe between before and after').press('Home');
      await playground.drawn();
      await playground.page.getByRole('tab', { name: 'Where it acts' }).click();
      await playground.press('Copy link');
      await playground.page.getByText('Link copied').waitFor();
      const link = await playground.page.evaluate(() => navigator.clipboard.readText());
      const restored = await open(context, new URL(link).hash);
      await restored.drawn();
      const { page } = restored;
      expect(await restored.pictures('.frame')).toEqual(await playground.pictures('.frame'));
      expect(await page.getByLabel('Threshold').inputValue()).toBe('0.8');
      expect(await page.getByLabel('Strength of female').inputValue()).toBe('5.5');
      expect(await page.getByLabel('Wipe between before and after').inputValue()).toBe('0');
      expect(await page.getByRole('tab', { selected: true }).textContent()).toBe('Where it acts');
    });
  });

  it('fits a narrow screen with many concepts and a bundle of a long name', async () => {
    await using context = await browser.newContext({ viewport: { width: 390, height: 844 } });
    const concepts = Array.from({ length: 9 }, (_, i) => `&concept=a+hat+of+kind+${i}@3`).join('');
    const { page } = await open(context, `${START}${concepts}&panel=strength&model=/${'very-long-'.repeat(6)}name`);
    await page.getByRole('tabpanel').getByRole('radio').nth(8).waitFor({ state: 'attached' });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });

  it('draws without a network, and opens again without one', async () => {
    const context = await browser.newContext();
    const playground = await open(context, EDITED);
    await playground.drawn();
    const [, king] = await playground.pictures('.frame');
    await context.setOffline(true);
    await playground.type('Seed', '8');
    await playground.drawn();
    expect(await playground.pictures('.frame')).not.toContain(king);
    await context.setOffline(false);
    // All that a first visit has loaded is kept.
    for (const part of ['/index.html', '/assets/worker-', '.wasm', '/unet/model.onnx']) {
      await expect.poll(() => playground.kept(), { timeout: 60_000 }).toContainEqual(expect.stringContaining(part));
    }
    await context.setOffline(true);
    await playground.go(EDITED);
    await playground.page.reload();
    await playground.drawn();
    expect((await playground.pictures('.frame'))[1]).toBe(king);
    await context.close();
  });

  it('tells in words what is wrong and how to go on', async () => {
    const context = await browser.newContext();
    const playground = await open(context, `${START}&model=/nowhere`);
    const alert = playground.page.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(
      /A part of the model is missing[\s\S]*status 404[\s\S]*BUNDLE_FILE_MISSING/,
    );
    await playground.page.getByRole('radio', { name: /Stable Diffusion/ }).check();
    await playground.drawn();
    await playground.press('Add');
    expect(await alert.textContent()).toMatch(/Name what to steer toward/);
    await context.close();
  });
});
