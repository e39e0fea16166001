import {
  type CpuTensor,
  type GenerateOptions,
  type Graph,
  type GraphSource,
  Run,
  type Runtime,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { loadPaella, type Paella } from '@sega/paella';
import { nodeRuntime } from '@sega/runtime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { recording } from '../../../test/recording-runtime.js';
import { randomPaella } from './random-paella.js';

let runtime: Runtime;
beforeAll(() => {
  runtime = nodeRuntime({ threads: 1 });
});
afterAll(() => runtime.dispose());

const load = async (on: Runtime = runtime): Promise<Paella> => loadPaella(await randomPaella(), { runtime: on });
const gridsOf = async (model: Paella, options: GenerateOptions): Promise<Float32Array[]> => {
  const states: Float32Array[] = [];
  for await (const step of new Run(model, 'a king', { steps: 8, seed: 9, ...options })) states.push(await step.state());
  return states;
};

describe('a constant for each position and branch, added to all its logits', () => {
  /** The runtime with a network whose logits are off by such constants, other ones at every run. */
  const shifting = (runtime: Runtime): Runtime => {
    let seed = 1;
    return Object.assign(recording(runtime), {
      loadGraph: async (source: GraphSource): Promise<Graph> => {
        const graph = await runtime.loadGraph(source);
        if (!source.name.startsWith('denoiser')) return graph;
        const run: Graph['run'] = async (feeds, ops) => {
          const outputs = await graph.run(feeds, ops);
          const { data, shape } = outputs.logits as CpuTensor;
          const [rows, codes, height, width] = shape as [number, number, number, number];
          const positions = height * width;
          for (let row = 0; row < rows; row++) {
            for (let p = 0; p < positions; p++) {
              seed = (Math.imul(seed, 1664525) + 1013904223) | 0;
              const constant = (seed >> 24) / 32;
              for (let code = 0; code < codes; code++) data[(row * codes + code) * positions + p]! += constant;
            }
          }
          return outputs;
        };
        return { ...graph, inputs: graph.inputs, outputs: graph.outputs, run };
      },
    });
  };

  it('changes no token under the default mask, with two concepts and momentum', async () => {
    const concepts = [toward('glasses', { threshold: 0.8, warmup: 1 }), toward('hat', { scale: 3, warmup: 2 })];
    const momentum = { scale: 0.3, beta: 0.6 };
    const guidance = [scale(3), semantic(concepts, { momentum })];
    const [usual, shifted] = [await load(), await load(shifting(runtime))];
    const plain = await gridsOf(usual, { guidance: [scale(3)] });
    const expected = await gridsOf(usual, { guidance });
    expect(expected.at(-1)).not.toEqual(plain.at(-1));
    expect(await gridsOf(shifted, { guidance })).toEqual(expected);
  });

  it('may change tokens where single logits are compared', async () => {
    const guidance = [scale(3), semantic([toward('glasses', { scale: 6, threshold: 0.8 })], { mask: 'joint' })];
    const grids = await gridsOf(await load(), { guidance });
    expect(await gridsOf(await load(shifting(runtime)), { guidance })).not.toEqual(grids);
  });
});
