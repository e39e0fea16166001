import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBundle } from '@sega/bundle';
import { folder } from '@sega/bundle/node';
import { generate, scale } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { type Browser, chromium, type Page } from 'playwright';
import { expect } from 'vitest';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/chromium.mjs';
import { root } from './ways.js';

export const MINUTES: number = 10 * 60_000;
export const app: string = join(root, 'test/bundlers/app');
export const box: string = join(root, 'test/bundlers/box');
export const embedded: string = join(root, 'test/bundlers/embedded');
export const model: string = join(root, 'adapters/stable-diffusion/test/fixtures/random-diffusion');

/** What the page of {@link app} leaves behind. */
export interface Outcome {
  readonly error?: string;
  readonly names?: readonly string[];
  readonly device: string;
  readonly threads: number;
  readonly picture: readonly number[];
}

/** Waits for an expression to be true in a page, without its timers or frames. */
async function until(tab: Page, expression: string): Promise<unknown> {
  for (;;) {
    const value = await tab.evaluate(expression);
    if (value) return value;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Headless Chromium, and folders for pages that are gone with it. */
export class Sites implements AsyncDisposable {
  readonly browser: Browser;
  readonly #out: string;

  private constructor(browser: Browser, out: string) {
    this.browser = browser;
    this.#out = out;
  }

  static async open(): Promise<Sites> {
    const executablePath = findChromium();
    const browser = await chromium.launch({ args: CHROMIUM_FLAGS, ...(executablePath && { executablePath }) });
    return new Sites(browser, await mkdtemp(join(tmpdir(), 'sega-page-')));
  }

  folder(): Promise<string> {
    return mkdtemp(join(this.#out, 'site-'));
  }

  /** What a page comes to; `meanwhile` happens once its script has begun. */
  async outcome(address: string, meanwhile?: (tab: Page) => Promise<void>): Promise<Outcome> {
    const tab = await this.browser.newPage();
    try {
      await tab.goto(address);
      await meanwhile?.(tab);
      return (await until(tab, 'globalThis.outcome')) as Outcome;
    } finally {
      await tab.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
    await rm(this.#out, { recursive: true });
  }
}

/** The picture of {@link app}, drawn by Node. */
export async function drawnByNode(steps = 2): Promise<Uint8Array> {
  await using runtime = nodeRuntime();
  await using own = await loadStableDiffusion(await openBundle(folder(model)), { runtime });
  const { images } = await generate(own, 'a portrait of a king', { steps, seed: 5, guidance: [scale(5)] });
  return images[0]!.data;
}

export function expectPicture({ error, picture }: Outcome, expected: Uint8Array): void {
  expect(error).toBeUndefined();
  const near = picture.filter((value, i) => Math.abs(value - expected[i]!) <= 2).length;
  expect(near / expected.length).toBeGreaterThanOrEqual(0.999);
}
