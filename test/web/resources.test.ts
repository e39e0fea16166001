import { generate, type Model } from '@sega/guidance';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTES, OPTIONS, smallModel, smallModelInTwoGraphs } from './small-model.js';
import { Watch } from './watch.js';

describe('on the graphics device', () => {
  let watch: Watch;
  let runtime: WebRuntime;
  let own: Model & AsyncDisposable;

  beforeAll(async () => {
    watch = new Watch();
    runtime = webRuntime({ device: 'webgpu', worker: false });
    own = await smallModel(runtime);
  }, MINUTES);
  afterAll(async () => {
    await own[Symbol.asyncDispose]();
    await runtime.dispose();
    watch.end();
  });

  it('no memory is kept from one generation to the next', { timeout: MINUTES }, async () => {
    const bytes: number[] = [];
    for (let i = 0; i < 50; i++) {
      await generate(own, 'a king', { ...OPTIONS, seed: i });
      bytes.push(watch.liveBytes);
      expect(await runtime.memory()).toBe(0);
    }
    expect(bytes[1]).toBeGreaterThan(0);
    expect(bytes.at(-1)).toBe(bytes[1]);
  });

  it('what is made of texts stays on the device, and only as long as the run', { timeout: MINUTES }, async () => {
    await using two = await smallModelInTwoGraphs(runtime);
    const pictures = async (model: Model): Promise<unknown> => {
      const before = watch.readbacks;
      const { images } = await generate(model, ['a king', 'a hat'], { ...OPTIONS, steps: 3 });
      expect(await runtime.memory()).toBe(0);
      return { pixels: images.map(({ data }) => data), readbacks: watch.readbacks - before };
    };
    // The first time texts are encoded, and read back to be remembered.
    for (const model of [two, own]) await pictures(model);
    const bytes = watch.liveBytes;
    expect(await pictures(two)).toEqual(await pictures(own));
    expect(watch.liveBytes).toBe(bytes);
  });
});

describe('in WebAssembly', () => {
  it('no memory is kept from one generation to the next', { timeout: MINUTES }, async () => {
    const heaps: WebAssembly.Memory[] = [];
    const { Memory } = WebAssembly;
    WebAssembly.Memory = class extends Memory {
      constructor(...given: ConstructorParameters<typeof Memory>) {
        super(...given);
        heaps.push(this);
      }
    };
    try {
      await using runtime = webRuntime({ device: 'wasm', worker: false });
      await using own = await smallModel(runtime);
      const bytes: number[] = [];
      for (let i = 0; i < 50; i++) {
        await generate(own, 'a king', { ...OPTIONS, seed: i });
        bytes.push(heaps.reduce((sum, { buffer }) => sum + buffer.byteLength, 0));
      }
      expect(heaps.length).toBeGreaterThan(0);
      expect(bytes.at(-1)).toBe(bytes[1]);
    } finally {
      WebAssembly.Memory = Memory;
    }
  });
});
