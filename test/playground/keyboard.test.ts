import type { Browser, Locator } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser, publish, type Site } from './browse.js';
import { PlaygroundPage } from './playground-page.js';

const MINUTES = 10 * 60_000;
const START = '#prompt=a+portrait+of+a+king&seed=25&steps=2&warmup=0';

describe('the playground without a mouse', { timeout: MINUTES }, () => {
  let browser: Browser;
  let site: Site;
  let playground: PlaygroundPage;
  beforeAll(async () => {
    [browser, site] = await Promise.all([openBrowser(), publish('playground')]);
    playground = await PlaygroundPage.open(await browser.newContext(), site.address, START);
    await playground.drawn();
  }, MINUTES);
  afterAll(async () => {
    await browser.close();
    await site[Symbol.asyncDispose]();
  });

  it.each([
    ['ArrowRight', 'Strength'],
    ['ArrowRight', 'Where it acts'],
    ['ArrowLeft', 'Strength'],
    ['End', 'Other prompts'],
    ['ArrowRight', 'Seeds'],
    ['ArrowLeft', 'Other prompts'],
    ['Home', 'Seeds'],
  ])('goes on from an experiment by %s to %s', async (key, experiment) => {
    const { page } = playground;
    await page.getByRole('tab', { selected: true }).focus();
    await page.keyboard.press(key);
    await focused(page.getByRole('tab', { name: experiment, selected: true }));
    expect(await page.getByRole('tabpanel', { name: experiment }).count()).toBe(1);
    await page.keyboard.press('Tab');
    expect(await page.getByRole('tablist').locator(':focus').count()).toBe(0);
  });

  it("goes on at a concept's strength when one is added", async () => {
    const { page } = playground;
    await page.getByRole('button', { name: 'Add glasses' }).focus();
    await page.keyboard.press('Enter');
    await focused(page.getByLabel('Strength of glasses'));
    await page.getByLabel('New concept').focus();
    await page.keyboard.type('a cat');
    await page.keyboard.press('Enter');
    const strength = page.getByLabel('Strength of a cat');
    await focused(strength);
    const before = await strength.inputValue();
    await page.keyboard.press('ArrowRight');
    expect(Number(await strength.inputValue())).toBe(Number(before) + 0.5);
  });

  it('goes on at the concepts when one is removed', async () => {
    const { page } = playground;
    await page.getByRole('button', { name: 'Remove glasses' }).focus();
    await page.keyboard.press('Enter');
    await focused(page.getByRole('heading', { name: 'Concepts' }));
    expect(await page.getByLabel('Strength of glasses').count()).toBe(0);
    await page.keyboard.press('Tab');
    await focused(page.getByRole('button', { name: 'Remove a cat' }));
  });

  /** Waits until an element is where the keyboard is. */
  async function focused(element: Locator): Promise<void> {
    await playground.page.locator(':focus').and(element).waitFor({ timeout: 60_000 });
  }
});
