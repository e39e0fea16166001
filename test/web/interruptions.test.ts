import { generate, Run } from '@sega/guidance';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { codeOf, MINUTES, OPTIONS, smallModel } from './small-model.js';

describe.each(['wasm', 'webgpu'] as const)('on %s', (device) => {
  let runtime: WebRuntime;
  beforeAll(() => {
    runtime = webRuntime({ device });
  });
  afterAll(() => runtime.dispose());

  it('a run may be stopped at any moment, and leaves nothing behind', { timeout: MINUTES }, async () => {
    await using model = await smallModel(runtime);
    const options = { ...OPTIONS, steps: 3 };
    const { images, milliseconds } = await generate(model, 'a king', options);
    const outcomes = new Set<string>();
    for (let share = 0; share <= 1.25; share += 0.125) {
      const controller = new AbortController();
      const work = codeOf(generate(model, 'a king', { ...options, signal: controller.signal }));
      const timer = setTimeout(() => controller.abort(), share * milliseconds.total);
      outcomes.add(await work);
      clearTimeout(timer);
      expect(await runtime.memory()).toBe(0);
    }
    expect([...outcomes].filter((code) => !['ABORTED', 'no error'].includes(code))).toEqual([]);
    expect(outcomes).toContain('ABORTED');
    expect((await generate(model, 'a king', options)).images).toEqual(images);
  });

  it('a run may be stopped before it begins and after any of its steps', { timeout: MINUTES }, async () => {
    await using model = await smallModel(runtime);
    expect(await codeOf(generate(model, 'a king', { ...OPTIONS, signal: AbortSignal.abort() }))).toBe('ABORTED');
    for (const last of [0, 1, 2]) {
      const controller = new AbortController();
      const run = new Run(model, 'a king', { ...OPTIONS, steps: 3, signal: controller.signal });
      const stopping = (async () => {
        for await (const { step } of run) if (step.index === last) controller.abort();
      })();
      expect(await codeOf(stopping)).toBe('ABORTED');
      expect(await codeOf(run.result())).toBe('ABORTED');
      expect(await runtime.memory()).toBe(0);
    }
  });

  it('two models draw at once while a third is stopped', { timeout: MINUTES }, async () => {
    await using one = await smallModel(runtime);
    await using other = await smallModel(runtime);
    const controller = new AbortController();
    const stopped = new Run(other, 'a queen', { ...OPTIONS, steps: 50, signal: controller.signal });
    const stopping = codeOf(
      (async () => {
        for await (const { step } of stopped) if (step.index === 2) controller.abort();
      })(),
    );
    const drawing = [generate(one, 'a king', OPTIONS), generate(other, 'a queen', OPTIONS)];
    const [king, queen, outcome] = [await drawing[0]!, await drawing[1]!, await stopping];
    expect(outcome).toBe('ABORTED');
    expect((await generate(one, 'a king', OPTIONS)).images).toEqual(king.images);
    expect((await generate(one, 'a queen', OPTIONS)).images).toEqual(queen.images);
    expect(await runtime.memory()).toBe(0);
  });
});

describe('two runtimes of one page', () => {
  it('draw the same picture at once, on WebGPU and in WebAssembly', { timeout: MINUTES }, async () => {
    await using gpu = webRuntime({ device: 'webgpu' });
    await using cpu = webRuntime({ device: 'wasm' });
    const models = await Promise.all([gpu, cpu].map(smallModel));
    const [one, other] = await Promise.all(models.map((model) => generate(model, 'a king', OPTIONS)));
    const pairs = [...one!.images[0]!.data].map((value, i) => Math.abs(value - other!.images[0]!.data[i]!));
    expect(pairs.filter((difference) => difference > 2).length / pairs.length).toBeLessThanOrEqual(0.001);
    await Promise.all(models.map((model) => model[Symbol.asyncDispose]()));
  });
});
