import { httpFolder, openBundle } from '@sega/bundle';
import { GuidanceError, generate, type Model, Run, scale, semantic, toward } from '@sega/guidance';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { load } from './families.js';

const BUNDLE = '/adapters/stable-diffusion/test/fixtures/random-diffusion';
const MINUTES = 10 * 60_000;
const OPTIONS = { guidance: [scale(5), semantic([toward('smiling, smile', { warmup: 0 })])], steps: 2 };

const model = async (runtime: WebRuntime, bundle = BUNDLE): Promise<Model & AsyncDisposable> =>
  load(await openBundle(httpFolder(bundle)), runtime);
const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'no error',
    (error) => (GuidanceError.isInstance(error) ? error.code : Promise.reject(error)),
  );

/** What the page's graphics devices are asked for, ONNX Runtime's share included. */
class Watch {
  readonly devices: GPUDevice[] = [];
  readbacks = 0;
  liveBytes = 0;
  readonly #restore: (() => void)[] = [];

  constructor() {
    const watch = this;
    this.#wrap(
      GPUAdapter.prototype,
      'requestDevice',
      (original) =>
        async function (this: GPUAdapter, ...given) {
          const device = (await original.apply(this, given)) as GPUDevice;
          watch.devices.push(device);
          return device as never;
        },
    );
    this.#wrap(
      GPUBuffer.prototype,
      'mapAsync',
      (original) =>
        function (this: GPUBuffer, ...given) {
          if (given[0] === GPUMapMode.READ) watch.readbacks++;
          return original.apply(this, given);
        },
    );
    const live = new Set<GPUBuffer>();
    this.#wrap(
      GPUDevice.prototype,
      'createBuffer',
      (original) =>
        function (this: GPUDevice, ...given) {
          const buffer = original.apply(this, given) as GPUBuffer;
          live.add(buffer);
          watch.liveBytes += buffer.size;
          return buffer;
        },
    );
    this.#wrap(
      GPUBuffer.prototype,
      'destroy',
      (original) =>
        function (this: GPUBuffer) {
          if (live.delete(this)) watch.liveBytes -= this.size;
          return original.apply(this);
        },
    );
  }

  end(): void {
    for (const restore of this.#restore) restore();
  }

  #wrap<T extends object, K extends keyof T>(
    prototype: T,
    name: K,
    wrapper: (original: (this: T, ...given: never[]) => unknown) => (this: never, ...given: never[]) => unknown,
  ): void {
    const original = prototype[name];
    prototype[name] = wrapper(original as never) as never;
    this.#restore.push(() => {
      prototype[name] = original;
    });
  }
}

describe('on the graphics device', () => {
  let watch: Watch;
  let runtime: WebRuntime;
  let own: Model & AsyncDisposable;

  beforeAll(async () => {
    watch = new Watch();
    runtime = webRuntime({ device: 'webgpu', worker: false });
    own = await model(runtime);
  }, MINUTES);
  afterAll(async () => {
    await own[Symbol.asyncDispose]();
    await runtime.dispose();
    watch.end();
  });

  it.each([BUNDLE, '/packages/tiny-faces/bundle/stable-diffusion'])(
    'nothing is read back from the first step to the last of %s',
    { timeout: MINUTES },
    async (bundle) => {
      await using drawing = await model(runtime, bundle);
      const run = new Run(drawing, 'a king', OPTIONS);
      let atFirst: number | undefined;
      let atLast = 0;
      for await (const _ of run) {
        atFirst ??= watch.readbacks;
        atLast = watch.readbacks;
      }
      expect(atLast - atFirst!).toBe(0);
      // The last state, to see that it is finite, and the picture.
      expect(watch.readbacks - atLast).toBe(2);
    },
  );

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
});

describe('a graphics device that fails', () => {
  let watch: Watch;
  afterEach(() => watch.end());

  it('is told as lost, and the model can be loaded again', { timeout: MINUTES }, async () => {
    watch = new Watch();
    const runtime = webRuntime({ device: 'webgpu', worker: false });
    const own = await model(runtime);
    const run = new Run(own, 'a king', OPTIONS);
    const failed = codeOf(
      (async () => {
        for await (const { step } of run) if (step.index === 0) watch.devices[0]!.destroy();
      })(),
    );
    expect(await failed).toBe('DEVICE_LOST');
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('DEVICE_LOST');
    await own[Symbol.asyncDispose]();
    await runtime.dispose();

    await using again = webRuntime({ device: 'webgpu', worker: false });
    await using other = await model(again);
    expect((await generate(other, 'a king', OPTIONS)).images).toHaveLength(1);
  });

  it('tells when its memory is used up', { timeout: MINUTES }, async () => {
    watch = new Watch();
    await using runtime = webRuntime({ device: 'webgpu', worker: false });
    await using own = await model(runtime);
    const error = new GPUOutOfMemoryError('Failed to allocate 8 GiB');
    watch.devices[0]!.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('OUT_OF_MEMORY');
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
      await using own = await model(runtime);
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

  it('draws with two models at once, and stops one when asked', { timeout: MINUTES }, async () => {
    await using runtime = webRuntime({ device: 'wasm' });
    await using one = await model(runtime);
    await using other = await model(runtime);
    const controller = new AbortController();
    const stopped = new Run(other, 'a queen', { ...OPTIONS, steps: 50, signal: controller.signal });
    const stopping = codeOf(
      (async () => {
        for await (const { step } of stopped) if (step.index === 2) controller.abort();
      })(),
    );
    const [first, outcome] = await Promise.all([generate(one, 'a king', OPTIONS), stopping]);
    expect(outcome).toBe('ABORTED');
    const again = await generate(one, 'a king', OPTIONS);
    expect(first.images).toEqual(again.images);
  });
});
