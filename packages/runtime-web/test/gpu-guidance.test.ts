import {
  type Branch,
  chain,
  Direction,
  type Guidance,
  IMAGE_LAYOUT,
  type Layout,
  LOGITS_LAYOUT,
  Predictions,
  scale,
  semantic,
  type Tensor,
  type TensorOps,
  toward,
} from '@sega/guidance';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GpuOps } from '../src/gpu/gpu-ops.js';
import { both, expectClose, type Gpu, openGpu, wave } from './gpu-harness.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterEach(() => expect(gpu.errors).toEqual([]));
afterAll(() => gpu.recorder.device.destroy());

const TEXTS = ['glasses', 'smile', 'beard', 'hat'];
const CONCEPTS = TEXTS.map((text) => toward(text, { warmup: 0 }));

/** The guided prediction of one step of a method. */
function step(ops: TensorOps, guidance: Guidance, shape: readonly number[], layout: Layout): Tensor {
  const branches: Branch[] = ['unconditional', 'prompt', ...TEXTS.map((text) => `concept:${text}` as const)];
  const predictions = new Predictions(
    new Map(branches.map((branch, k) => [branch, { value: ops.fromArray(wave(shape, k), shape) }])),
  );
  const space = layout === LOGITS_LAYOUT ? 'logits' : 'epsilon';
  const run = { stage: 'base', space, layout, shape, steps: 20, seeds: [0], sampler: 'ddim' } as const;
  const state = guidance.init(
    { ...run, model: { family: 'none', name: 'none' }, warn: () => undefined, report: () => undefined },
    ops,
  );
  const at = { index: 5, count: 20, timestep: 700, alpha: 0.5, sigma: 0.5 };
  return guidance.update(Direction.start, predictions, at, state, ops).estimate(predictions, ops);
}

describe('SEGA on a graphics device', () => {
  it.each([
    ['one picture without momentum', 1, 0, 3],
    ['one picture with momentum', 1, 0.3, 4],
    ['three pictures with momentum', 3, 0.3, 4],
  ])('takes few dispatches for all concepts of %s', (_, items, momentum, most) => {
    const { dispatchWorkgroups } = GPUComputePassEncoder.prototype;
    let dispatches = 0;
    GPUComputePassEncoder.prototype.dispatchWorkgroups = function (...given) {
      dispatches++;
      return dispatchWorkgroups.apply(this, given);
    };
    const guidance = chain(scale(5), semantic(CONCEPTS, { momentum: { scale: momentum, beta: 0.6 } }));
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    step(ops, guidance, [items, 4, 8, 8], IMAGE_LAYOUT);
    ops.dispose();
    GPUComputePassEncoder.prototype.dispatchWorkgroups = dispatchWorkgroups;
    expect(dispatches).toBe(most);
  });

  it.each([
    ['latents', [2, 4, 16, 16], IMAGE_LAYOUT],
    ['pixels', [2, 3, 32, 32], IMAGE_LAYOUT],
    ['logits', [2, 64, 8, 8], LOGITS_LAYOUT],
  ] as const)('guides %s as the reference does', async (_, shape, layout) => {
    const guidance = chain(scale(5), semantic(CONCEPTS, { momentum: { scale: 0.3, beta: 0.6 } }));
    const { received, expected } = await both(gpu, (ops) => step(ops, guidance, shape, layout));
    expectClose(received, expected, 1);
  });

  it("carries out a user's own method unchanged", async () => {
    // Contrast: pushes the prompt's prediction away from its own mean over both branches, by as much as they deviate.
    const contrast: Guidance = {
      name: 'contrast',
      branches: () => ['unconditional', 'prompt'],
      init: () => undefined,
      update: (direction, predictions, _step, _state, ops) => {
        const [u, c] = [predictions.value('unconditional'), predictions.value('prompt')];
        const apart = ops.sum([
          [1, c],
          [-1, u],
        ]);
        const bound = ops.quantile(ops.map(apart, 'abs'), 0.9);
        const held = ops.clamp(apart, ops.sum([[-1, bound]]), bound);
        const length = ops.map(ops.deviation(held), 'reciprocal');
        return direction.plus(ops.sum([[length, ops.keepBelow(held, ops.multiply(c, u), 0.5)]]));
      },
    };
    const shape = [2, 4, 16, 16];
    const { received, expected } = await both(gpu, (ops) => step(ops, contrast, shape, IMAGE_LAYOUT));
    expectClose(received, expected, 1);
  });
});
