import type { Tensor } from '@sega/guidance';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { GpuOps } from '../src/gpu/gpu-ops.js';
import { type Gpu, openGpu, wave } from './gpu-harness.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openGpu();
});
afterEach(() => expect(gpu.errors).toEqual([]));
afterAll(() => gpu.recorder.device.destroy());

describe('GpuOps lifetime', () => {
  it('uses the memory of freed tensors again', async () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    const before = gpu.memory.liveBytes;
    const step = (): void => {
      const x = ops.fromArray(wave([2, 8]), [2, 8]);
      ops.sum([[1, ops.multiply(x, x)]]);
      ops.endStep();
    };
    step();
    const after = gpu.memory.liveBytes;
    for (let i = 0; i < 5; i++) step();
    expect(gpu.memory.liveBytes).toBe(after);
    ops.dispose();
    expect(gpu.memory.liveBytes).toBe(before);
  });

  it('keeps a kept tensor until it is released', async () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    const kept = ops.keep(ops.fromArray(Float32Array.of(1, 2), [1, 2]));
    const other = ops.fromArray(Float32Array.of(3, 4), [1, 2]);
    ops.endStep();
    ops.fromArray(Float32Array.of(5, 6), [1, 2]);
    const { buffer } = ops.sum([[1, kept]]);
    expect([...(await gpu.recorder.read(buffer, 2))]).toEqual([1, 2]);
    expect(() => ops.sum([[1, other]])).toThrow(/ops\.keep/);
    ops.release(kept);
    ops.endStep();
    expect(() => ops.sum([[1, kept]])).toThrow(/after the step/);
    ops.dispose();
  });

  it('does more at once than one submission can hold', async () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    let x: Tensor = ops.fromArray(Float32Array.of(0, 1), [1, 2]);
    const one = ops.fromArray(Float32Array.of(1, 1), [1, 2]);
    for (let i = 0; i < 600; i++)
      x = ops.sum([
        [1, x],
        [1, one],
      ]);
    expect([...(await gpu.recorder.read((x as never as { buffer: GPUBuffer }).buffer, 2))]).toEqual([600, 601]);
    ops.dispose();
  });

  it('refuses tensors of different shapes', () => {
    const ops = new GpuOps(gpu.recorder, gpu.memory);
    const a = ops.fromArray(Float32Array.of(1, 2), [1, 2]);
    const b = ops.fromArray(Float32Array.of(1, 2), [2, 1]);
    expect(() => ops.multiply(a, b)).toThrow(expect.objectContaining({ code: 'PREDICTION_SHAPE' }));
    expect(() => ops.fromArray(Float32Array.of(1), [2])).toThrow(expect.objectContaining({ code: 'PREDICTION_SHAPE' }));
    ops.dispose();
  });
});
