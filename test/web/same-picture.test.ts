import { httpFolder } from '@sega/bundle';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from 'vitest/browser';
import type { DrawnOnNode } from './draw-on-node.js';
import { CASES, type Case, type Drawn, draw } from './families.js';
import { Watch } from './watch.js';

declare module 'vitest/browser' {
  interface BrowserCommands {
    drawOnNode(name: string): Promise<DrawnOnNode>;
  }
}

// Software renderers compile and run slowly.
const MINUTES = 10 * 60_000;

const drawn = new Map<string, Promise<Drawn>>();

/** What Node draws, once for each case. */
function onNode({ name }: Case): Promise<Drawn> {
  const known = drawn.get(name) ?? commands.drawOnNode(name).then(decode);
  drawn.set(name, known);
  return known;
}

function decode({ pictures, state }: DrawnOnNode): Drawn {
  const bytes = (text: string): Uint8Array => Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  return { pictures: pictures.map(bytes), state: Float32Array.from(state) };
}

/** The share of bytes that differ by at most 2. */
function agreement(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.filter((value, i) => Math.abs(value - b[i]!) <= 2).length / a.length;
}

async function expectSame(one: Case, received: Drawn): Promise<void> {
  const expected = await onNode(one);
  expect(received.pictures).toHaveLength(expected.pictures.length);
  for (const [i, picture] of received.pictures.entries()) {
    expect(agreement(picture, expected.pictures[i]!)).toBeGreaterThanOrEqual(0.999);
  }
  if (one.isTokens) expect(received.state).toEqual(expected.state);
}

describe('in WebAssembly', () => {
  let runtime: WebRuntime;
  beforeAll(() => {
    runtime = webRuntime({ device: 'wasm' });
  });
  afterAll(() => runtime.dispose());

  it.each(CASES)('$name draws the picture Node draws', { timeout: MINUTES }, async (one) => {
    await expectSame(one, await draw(one, httpFolder(`/${one.bundle}`), runtime));
  });
});

describe('on WebGPU', () => {
  let watch: Watch;
  let runtime: WebRuntime;
  beforeAll(() => {
    watch = new Watch();
    // In the page, where the watch sees it.
    runtime = webRuntime({ device: 'webgpu', worker: false });
  });
  afterAll(async () => {
    await runtime.dispose();
    watch.end();
  });

  it.each(CASES)(
    '$name draws the picture Node draws, reading nothing back before it',
    {
      timeout: MINUTES,
    },
    async (one) => {
      const readbacks: Record<string, number[]> = {};
      const received = await draw(one, httpFolder(`/${one.bundle}`), runtime, ({ stage }) => {
        readbacks[stage] = [...(readbacks[stage] ?? []), watch.readbacks];
      });
      const stages = Object.values(readbacks);
      for (const [i, counts] of stages.entries()) {
        expect(counts.length).toBeGreaterThan(1);
        expect(counts.at(-1)! - counts[0]!).toBe(0);
        // A stage's picture, which is part of the result, and its state, which is looked through for numbers that are not finite.
        if (i > 0) expect(counts[0]! - stages[i - 1]!.at(-1)!).toBe(2);
      }
      // The last state for this test, and with the picture what tells that all was sound.
      expect(watch.readbacks - stages.at(-1)!.at(-1)!).toBe(one.isTokens ? 4 : 3);
      expect(watch.devices).toHaveLength(1);
      await expectSame(one, received);
    },
  );
});
