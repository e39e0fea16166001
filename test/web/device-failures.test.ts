import { generate, Run } from '@sega/guidance';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { codeOf, MINUTES, OPTIONS, smallModel } from './small-model.js';
import { Watch } from './watch.js';

describe('a graphics device that fails', () => {
  let watch: Watch;
  let runtime: WebRuntime;
  beforeEach(() => {
    watch = new Watch();
    runtime = webRuntime({ device: 'webgpu', worker: false });
  });
  afterEach(async () => {
    await runtime.dispose();
    watch.end();
  });

  const useUpMemory = (device: GPUDevice): void => {
    const error = new GPUOutOfMemoryError('Failed to allocate 8 GiB');
    device.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
  };

  it('is told as lost, and the model can be loaded again on the same runtime', { timeout: MINUTES }, async () => {
    const own = await smallModel(runtime);
    const { images } = await generate(own, 'a king', OPTIONS);
    const run = new Run(own, 'a king', OPTIONS);
    const failed = codeOf(
      (async () => {
        for await (const { step } of run) if (step.index === 0) watch.devices[0]!.destroy();
      })(),
    );
    expect(await failed).toBe('DEVICE_LOST');
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('DEVICE_LOST');
    await own[Symbol.asyncDispose]();

    await using again = await smallModel(runtime);
    expect((await generate(again, 'a king', OPTIONS)).images).toEqual(images);
    expect(watch.devices).toHaveLength(2);
    expect(await runtime.memory()).toBe(0);
  });

  it('tells when its memory is used up, and gives it back for the model to be loaded again', {
    timeout: MINUTES,
  }, async () => {
    await using own = await smallModel(runtime);
    const { images } = await generate(own, 'a king', OPTIONS);
    const bytes = watch.liveBytes;
    useUpMemory(watch.devices[0]!);
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('OUT_OF_MEMORY');

    await using again = await smallModel(runtime);
    expect((await generate(again, 'a king', OPTIONS)).images).toEqual(images);
    expect(watch.liveBytes).toBeLessThanOrEqual(bytes);
  });

  it('is told to the load that comes first and to every model it held', { timeout: MINUTES }, async () => {
    const [one, other] = [await smallModel(runtime), await smallModel(runtime)];
    useUpMemory(watch.devices[0]!);
    expect(await codeOf(smallModel(runtime))).toBe('OUT_OF_MEMORY');
    await using again = await smallModel(runtime);
    for (const held of [one, other]) {
      expect(await codeOf(generate(held, 'a king', OPTIONS))).toBe('OUT_OF_MEMORY');
      await held[Symbol.asyncDispose]();
    }
    expect((await generate(again, 'a king', OPTIONS)).images).toHaveLength(1);
  });

  it('fails runs it began, which do no harm to those of a model loaded since', { timeout: MINUTES }, async () => {
    await using own = await smallModel(runtime);
    const run = new Run(own, 'a king', OPTIONS)[Symbol.asyncIterator]();
    await run.next();
    useUpMemory(watch.devices[0]!);
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('OUT_OF_MEMORY');
    await using again = await smallModel(runtime);
    const { images } = await generate(again, 'a king', OPTIONS);
    expect(await codeOf(run.next())).toBe('OUT_OF_MEMORY');
    expect((await generate(again, 'a king', OPTIONS)).images).toEqual(images);
    expect(await runtime.memory()).toBe(0);
  });

  it('says so where there is no other to take its place', { timeout: MINUTES }, async () => {
    await using own = await smallModel(runtime);
    watch.devices[0]!.destroy();
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('DEVICE_LOST');
    const { requestAdapter } = GPU.prototype;
    GPU.prototype.requestAdapter = async () => null;
    expect(await codeOf(smallModel(runtime))).toBe('RUNTIME_UNAVAILABLE');
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('DEVICE_LOST');
    GPU.prototype.requestAdapter = requestAdapter;
    await using again = await smallModel(runtime);
    expect((await generate(again, 'a king', OPTIONS)).images).toHaveLength(1);
  });
});
