import { away, chain, Recording, record, replay, scale, semantic, type Trace, toward } from '@sega/guidance';
import { readTrace, writeTrace } from '@sega/guidance/trace-file';
import { describe, expect, it } from 'vitest';
import { type Drive, driveAll, estimates, wavesOf } from './drive.js';

const shape = [1, 2, 4, 4];
const drive: Drive = { shape, steps: 6, predict: wavesOf(shape), seeds: [21] };
const edit = semantic([toward('a', { warmup: 2, cooldown: 5 }), away('b', { warmup: 1, cooldown: 5 })], {
  momentum: { scale: 0.3 },
});

async function recorded(over: Partial<Drive> = {}): Promise<{ trace: Trace; pictures: readonly Float32Array[] }> {
  const recording = new Recording();
  const pictures = await estimates(chain(scale(7.5), record(edit, recording)), { ...drive, ...over });
  return { trace: recording.trace, pictures };
}

describe('record and replay', () => {
  it('recording changes nothing', async () => {
    expect((await recorded()).pictures).toEqual(await estimates(chain(scale(7.5), edit), drive));
  });

  it.each(['epsilon', 'velocity', 'sample'] as const)(
    'replaying repeats the run bit for bit in %s space, without its concepts',
    async (space) => {
      const { trace, pictures } = await recorded({ space });
      const steps = await driveAll(chain(scale(7.5), replay(trace)), { ...drive, space });
      expect(steps.map(({ estimate }) => estimate)).toEqual(pictures);
      expect(new Set(steps.flatMap(({ asked }) => asked))).toEqual(new Set(['unconditional', 'prompt']));
    },
  );

  it('a trace survives its file bit for bit', async () => {
    const { trace } = await recorded();
    const file = writeTrace(trace);
    expect(readTrace(file)).toEqual(trace);
    const shifted = new Uint8Array(file.length + 3);
    shifted.set(file, 3);
    expect(readTrace(shifted.subarray(3))).toEqual(trace);
  });

  it('the file is a safetensors file: header length, JSON padded to eight bytes, float32 numbers', async () => {
    const file = writeTrace((await recorded()).trace);
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    const header = JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)));
    expect(length % 8).toBe(0);
    expect(header.gamma).toEqual({ dtype: 'F32', shape: [6, 1, 2, 4, 4], data_offsets: [0, 6 * 32 * 4] });
    expect(header.__metadata__).toMatchObject({ space: 'epsilon', seeds: '21', sampler: 'euler', stage: 'base' });
    expect(file.length).toBe(8 + length + 6 * 32 * 4);
  });

  it('adds nothing at steps where nothing was recorded', async () => {
    const { trace } = await recorded();
    const steps = await estimates(chain(scale(7.5), replay(trace)), drive);
    expect(trace.gammas[0]!.every((value) => value === 0)).toBe(true);
    expect(steps[0]).toEqual((await estimates(scale(7.5), drive))[0]);
    expect(steps[5]).toEqual((await estimates(scale(7.5), drive))[5]);
  });

  it('replace puts the trace in the place of the direction and drops the prompt', async () => {
    const { trace } = await recorded();
    const steps = await driveAll(chain(scale(7.5), replay(trace, 'replace')), drive);
    const u = drive.predict('unconditional', { index: 3, count: 6, timestep: 0, alpha: 1, sigma: 1 });
    expect(steps[3]!.estimate).toEqual(u.map((value, i) => value + trace.gammas[3]![i]!));
    expect((await driveAll(replay(trace, 'replace'), drive)).flatMap(({ asked }) => asked)).toEqual(
      Array(6).fill('unconditional'),
    );
  });

  it('a trace of one picture serves a batch', async () => {
    const { trace } = await recorded();
    const predict = wavesOf([2, 2, 4, 4]);
    const batch: Drive = { ...drive, shape: [2, 2, 4, 4], predict, seeds: [21, 21] };
    const both = await estimates(replay(trace), batch);
    const plain = await estimates(scale(1), batch);
    both.forEach((estimate, index) => {
      const gamma = trace.gammas[index]!;
      expect(estimate).toEqual(plain[index]!.map((value, i) => value + gamma[i % 32]!));
    });
  });

  it('captures what a method removes from the prompt', async () => {
    const recording = new Recording();
    await estimates(record(scale(0), recording), drive);
    const [u, c] = (['unconditional', 'prompt'] as const).map((branch) =>
      drive.predict(branch, { index: 0, count: 6, timestep: 0, alpha: 1, sigma: 1 }),
    );
    expect(recording.trace.gammas[0]).toEqual(u!.map((value, i) => value - c![i]!));
  });

  it.each([
    ['number of steps', { steps: 5 }],
    ['shape of a picture', { shape: [1, 2, 4, 2], predict: wavesOf([1, 2, 4, 2]) }],
    ['stage', { stage: 'II' }],
    ['layout', { layout: ['batch', 'height', 'width', 'channel'] }],
  ] as const)('refuses a run with another %s', async (what, over) => {
    const { trace } = await recorded();
    await expect(estimates(replay(trace), { ...drive, ...over })).rejects.toMatchObject({
      code: 'TRACE_MISMATCH',
      details: { what },
    });
  });

  it('warns of another seed or sampler', async () => {
    const { trace } = await recorded();
    const warnings: string[] = [];
    await estimates(replay(trace), { ...drive, seeds: [22], sampler: 'ddim', warnings });
    expect(warnings).toEqual([expect.stringMatching(/seed 21 .* 22/), expect.stringMatching(/"euler" .* "ddim"/)]);
  });

  it('refuses files that are no traces', async () => {
    const file = writeTrace((await recorded()).trace);
    const poisoned = file.slice();
    new DataView(poisoned.buffer).setFloat32(poisoned.length - 4, Number.NaN, true);
    const foreign = new TextEncoder().encode('\x02\0\0\0\0\0\0\0{}');
    for (const bytes of [
      new Uint8Array(3),
      file.subarray(0, 20),
      file.subarray(0, file.length - 4),
      poisoned,
      foreign,
    ]) {
      expect(() => readTrace(bytes)).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }));
    }
  });

  it('an empty recording says so', () => {
    expect(() => new Recording().trace).toThrow(expect.objectContaining({ code: 'TRACE_INVALID' }));
  });
});
