import { generate, Run } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { afterEach, describe, expect, it } from 'vitest';
import { codeOf, MINUTES, OPTIONS, smallModel } from './small-model.js';
import { Watch } from './watch.js';

describe('a graphics device that fails', () => {
  let watch: Watch;
  afterEach(() => watch.end());

  it('is told as lost, and the model can be loaded again', { timeout: MINUTES }, async () => {
    watch = new Watch();
    const runtime = webRuntime({ device: 'webgpu', worker: false });
    const own = await smallModel(runtime);
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
    await using other = await smallModel(again);
    expect((await generate(other, 'a king', OPTIONS)).images).toHaveLength(1);
  });

  it('tells when its memory is used up', { timeout: MINUTES }, async () => {
    watch = new Watch();
    await using runtime = webRuntime({ device: 'webgpu', worker: false });
    await using own = await smallModel(runtime);
    const error = new GPUOutOfMemoryError('Failed to allocate 8 GiB');
    watch.devices[0]!.dispatchEvent(new GPUUncapturedErrorEvent('uncapturederror', { error }));
    expect(await codeOf(generate(own, 'a king', OPTIONS))).toBe('OUT_OF_MEMORY');
  });
});
