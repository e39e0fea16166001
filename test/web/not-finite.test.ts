import type { Graph, GraphSource, Runtime } from '@sega/guidance';
import { generate, scale } from '@sega/guidance';
import { type WebRuntime, webRuntime } from '@sega/runtime-web';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MINUTES, OPTIONS, overflowingModel, smallModel } from './small-model.js';

const STEPS = 4;

describe.each(['wasm', 'webgpu'] as const)('numbers that are not finite, on %s,', (device) => {
  let runtime: WebRuntime;
  beforeAll(() => {
    runtime = webRuntime({ device });
  });
  afterAll(() => runtime.dispose());

  it('are told with the step and branch of a denoiser that overflows', { timeout: MINUTES }, async () => {
    await using model = await overflowingModel(runtime);
    await expect(generate(model, 'a king', OPTIONS)).rejects.toMatchObject({
      code: 'NOT_FINITE',
      message: expect.stringContaining('step 0, unconditional prediction'),
      details: { stage: 'base', step: 0, branch: 'unconditional' },
    });
    expect(await runtime.memory()).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'are told with the one branch that has them, from a later step on: %f',
    { timeout: MINUTES },
    async (odd) => {
      await using model = await smallModel(breaking(runtime, odd));
      await expect(
        generate(model, 'a king', { guidance: [scale(5)], steps: STEPS, sampler: 'ddim' }),
      ).rejects.toMatchObject({ code: 'NOT_FINITE', details: { stage: 'base', step: 2, branch: 'prompt' } });
    },
  );

  it('are told of guidance that overflows', { timeout: MINUTES }, async () => {
    await using model = await smallModel(runtime);
    await expect(generate(model, 'a king', { guidance: [scale(3e38)], steps: STEPS })).rejects.toMatchObject({
      code: 'NOT_FINITE',
      details: { stage: 'base', step: 0, branch: undefined },
    });
  });
});

/** A runtime whose denoiser answers the prompt, its last row, with other numbers at the third step of a run and of its repetition. */
function breaking(runtime: WebRuntime, odd: number): Runtime {
  let runs = 0;
  return {
    name: runtime.name,
    get sessionMilliseconds() {
      return runtime.sessionMilliseconds;
    },
    createOps: () => runtime.createOps(),
    read: (tensor) => runtime.read(tensor),
    dispose: () => runtime.dispose(),
    [Symbol.asyncDispose]: () => runtime.dispose(),
    loadGraph: async (source: GraphSource): Promise<Graph> => {
      const graph = await runtime.loadGraph(source);
      if (!source.name.startsWith('denoiser')) return graph;
      const run: Graph['run'] = async (feeds, ops) => {
        const outputs = await graph.run(feeds, ops);
        if (runs++ % STEPS !== 2) return outputs;
        return { ...outputs, out_sample: ops.sum([[[1, odd], outputs.out_sample!]]) };
      };
      return { inputs: graph.inputs, outputs: graph.outputs, run, dispose: () => graph.dispose() };
    },
  };
}
