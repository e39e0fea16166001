import { httpFolder } from '@sega/bundle';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import { CASES, type Case, draw } from './families.js';

declare module 'vitest/browser' {
  interface BrowserCommands {
    drawOnNode(name: string): Promise<readonly string[]>;
  }
}

// Software renderers compile and run slowly.
const MINUTES = 10 * 60_000;

const drawn = new Map<string, Promise<readonly Uint8Array[]>>();

/** What Node draws, once for each case. */
function onNode({ name }: Case): Promise<readonly Uint8Array[]> {
  const images =
    drawn.get(name) ??
    commands
      .drawOnNode(name)
      .then((texts) => texts.map((text) => Uint8Array.from(atob(text), (character) => character.charCodeAt(0))));
  drawn.set(name, images);
  return images;
}

/** The share of bytes that differ by at most 2. */
function agreement(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.filter((value, i) => Math.abs(value - b[i]!) <= 2).length / a.length;
}

describe.each(['wasm', 'webgpu'] as const)('on %s', (device) => {
  let runtime: WebRuntime;
  beforeAll(() => {
    runtime = webRuntime({ device });
  });
  afterAll(() => runtime.dispose());

  it.each(CASES)('$name draws the picture Node draws', { timeout: MINUTES }, async (one) => {
    const { stageImages } = await draw(one, httpFolder(`/${one.bundle}`), runtime);
    const images = Object.values(stageImages).flat();
    const expected = await onNode(one);
    expect(images).toHaveLength(expected.length);
    for (const [i, { data }] of images.entries()) {
      expect(agreement(data, expected[i]!)).toBeGreaterThanOrEqual(0.999);
    }
  });
});
