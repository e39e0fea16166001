import {
  batchNoise,
  type CpuTensor,
  cpuOps,
  type RandomSource,
  type SamplerStep,
  type Tensor,
  type TensorOps,
} from '@sega/guidance';
import { type TokenSamplerOptions, tokenSampler, torchRandom } from '@sega/samplers';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

/** A model whose logits are a formula: cos(0.3·(k + 1)·p)·c·(1 + t) + 1.5 where position p = 1 … holds code k. */
function toyLogits(x: Float32Array, t: number, c: number, codes: number): Float32Array {
  const positions = x.length;
  return Float32Array.from({ length: codes * positions }, (_, i) => {
    const [k, p] = [Math.floor(i / positions), i % positions];
    return Math.cos(0.3 * (k + 1) * (p + 1)) * c * (1 + t) + (x[p] === k ? 1.5 : 0);
  });
}

interface ToyRun {
  readonly steps: number;
  readonly scale: number;
  readonly source: RandomSource;
  readonly shift?: (position: number, time: number) => number;
}

/** The grid a run starts from, and those after each step. */
async function run(options: TokenSamplerOptions, { steps, scale, source, shift }: ToyRun): Promise<number[][]> {
  const ops = cpuOps();
  const noise = batchNoise([source], ops);
  const schedule = tokenSampler(options).schedule(steps);
  const memory = schedule.begin();
  let x = ops.keep(schedule.initial([1, 4, 4], noise, ops));
  const grids = [[...(x as CpuTensor).data]];
  for (const step of schedule.steps) {
    const tokens = (schedule.input(x, step, ops) as CpuTensor).data;
    const guided = toyLogits(tokens, step.timestep, 1, options.codes).map((conditional, i) => {
      const unconditional = toyLogits(tokens, step.timestep, 0.5, options.codes)[i]!;
      return scale * conditional + (1 - scale) * unconditional + (shift?.(i % 16, step.timestep) ?? 0);
    });
    const value = ops.fromArray(guided, [1, options.codes, 4, 4]);
    const { next } = await schedule.step(x, { value }, step, memory, noise, ops);
    ops.keep(next);
    ops.release(x);
    x = next;
    ops.endStep();
    grids.push([...(x as CpuTensor).data]);
  }
  return grids;
}

const row = (tokens: string): number[] => tokens.split(' ').map(Number);

describe('tokenSampler', () => {
  it('draws the golden grids of the published sampler, six steps', async () => {
    const options = { codes: 8, temperature: [1, 0.2], renoise: 5 / 6 } as const;
    const grids = await run(options, { steps: 6, scale: 8, source: torchRandom(1234) });
    expect(grids[0]).toEqual(row('7 3 6 5 4 4 0 1 7 1 7 1 2 6 3 6'));
    expect(grids[3]).toEqual(row('7 0 6 4 3 6 0 1 6 1 1 1 2 6 6 6'));
    expect(grids[6]).toEqual(row('0 0 6 4 3 6 5 7 6 1 1 6 7 5 6 3'));
  });

  it('draws the golden grid of the published sampler, eight steps', async () => {
    const options = { codes: 8, temperature: [1.2, 0.2], renoise: 6 / 8 } as const;
    const grids = await run(options, { steps: 8, scale: 2, source: torchRandom(1234) });
    expect(grids[8]).toEqual(row('0 0 6 5 3 6 5 7 1 1 5 1 7 5 6 7'));
  });

  it('tells the network what share of the tokens is replaced', () => {
    const { steps } = tokenSampler({ codes: 8 }).schedule(4);
    expect(steps.map(({ timestep }) => timestep)).toEqual([1, 0.75, 0.5, 0.25]);
    expect(steps[2]!.alpha ** 2).toBeCloseTo(0.5);
  });

  it('settles few tokens at first with a cosine schedule', async () => {
    const options = { codes: 8, renoise: 1, schedule: 'cosine' } as const;
    const { steps } = tokenSampler(options).schedule(3);
    [1, Math.sqrt(3) / 2, 0.5].forEach((share, i) => {
      expect(steps[i]!.timestep).toBeCloseTo(share);
    });
    const ops = cpuOps();
    const schedule = tokenSampler({ ...options, choice: 'argmax' }).schedule(3);
    const noise = batchNoise([torchRandom(1)], ops);
    const first = schedule.initial([1, 100, 100], noise, ops);
    const value = ops.fromArray(new Float32Array(8 * 100 * 100), [1, 8, 100, 100]); // of which argmax takes code 0
    const { next } = await schedule.step(first, { value }, schedule.steps[0]!, schedule.begin(), noise, ops);
    const zeros = (tensor: Tensor): number => (tensor as CpuTensor).data.filter((token) => token === 0).length / 10_000;
    const settled = (zeros(next) - zeros(first)) / (1 - zeros(first));
    expect(Math.abs(settled - (1 - Math.sqrt(3) / 2))).toBeLessThan(0.015);
  });

  it('gives every picture of a batch the tokens it has alone', async () => {
    const ops = cpuOps();
    const schedule = tokenSampler({ codes: 5 }).schedule(3);
    const step = async (seeds: readonly number[]): Promise<number[]> => {
      const noise = batchNoise(seeds.map(torchRandom), ops);
      const x = schedule.initial([seeds.length, 4, 4], noise, ops);
      const logits = Float32Array.from({ length: seeds.length * 5 * 16 }, (_, i) => Math.sin(i % 80));
      const value = ops.fromArray(logits, [seeds.length, 5, 4, 4]);
      return [...((await schedule.step(x, { value }, schedule.steps[0]!, {}, noise, ops)).next as CpuTensor).data];
    };
    expect(await step([7, 8])).toEqual([...(await step([7])), ...(await step([8]))]);
  });

  it('changes no token when a constant is added to all logits of a position', async () => {
    const shifts = fc.array(fc.integer({ min: -64, max: 64 }), { minLength: 16, maxLength: 16 });
    await fc.assert(
      fc.asyncProperty(shifts, fc.integer({ min: 0, max: 1e6 }), async (shift, seed) => {
        const options = { codes: 8, temperature: [1, 0.3] } as const;
        const plain = await run(options, { steps: 4, scale: 3, source: torchRandom(seed) });
        const source = torchRandom(seed);
        expect(await run(options, { steps: 4, scale: 3, source, shift: (p) => shift[p]! })).toEqual(plain);
      }),
      { numRuns: 30 },
    );
  });

  it('takes the most probable code with argmax, the first of equals', async () => {
    const ops = cpuOps();
    const [step] = tokenSampler({ codes: 3, choice: 'argmax', renoise: 0 }).schedule(1).steps;
    const schedule = tokenSampler({ codes: 3, choice: 'argmax', renoise: 0 }).schedule(1);
    const noise = batchNoise([torchRandom(1)], ops);
    const value = ops.fromArray(Float32Array.of(1, 0, 2, 0, 2, 0), [1, 3, 1, 2]);
    const x = schedule.initial([1, 1, 2], noise, ops);
    const { next } = (await schedule.step(x, { value }, step!, {}, noise, ops)) satisfies SamplerStep;
    expect([...(next as CpuTensor).data]).toEqual([1, 0]);
  });

  it('draws tokens from softmax(logits/temperature)', async () => {
    const [codes, positions] = [12, 64 * 64];
    const ops = cpuOps();
    const schedule = tokenSampler({ codes, renoise: 0, temperature: [0.5, 0.5] }).schedule(1);
    const noise = batchNoise([torchRandom(4)], ops);
    const x = schedule.initial([1, 64, 64], noise, ops);
    const logits = Float32Array.from({ length: codes * positions }, (_, i) => Math.sin(Math.floor(i / positions) ** 2));
    const value = ops.fromArray(logits, [1, codes, 64, 64]);
    const { next } = await schedule.step(x, { value }, schedule.steps[0]!, {}, noise, ops);
    const weights = Array.from({ length: codes }, (_, code) => Math.exp(Math.sin(code ** 2) / 0.5));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    weights.forEach((weight, code) => {
      const share = weight / total;
      const found = (next as CpuTensor).data.filter((token) => token === code).length / positions;
      expect(Math.abs(found - share)).toBeLessThan(4.5 * Math.sqrt((share * (1 - share)) / positions));
    });
  });

  it('marks the last grid of argmax where logits of an earlier step were no numbers', async () => {
    const ops = cpuOps();
    const schedule = tokenSampler({ codes: 2, choice: 'argmax', renoise: 0 }).schedule(2);
    const noise = batchNoise([torchRandom(1)], ops);
    const memory = schedule.begin();
    let x = schedule.initial([1, 1, 2], noise, ops);
    for (const [step, logits] of [Float32Array.of(1, 2, Number.NaN, 0), Float32Array.of(1, 2, 3, 0)].entries()) {
      const value = ops.fromArray(logits, [1, 2, 1, 2]);
      x = (await schedule.step(x, { value }, schedule.steps[step]!, memory, noise, ops)).next;
    }
    expect([...(x as CpuTensor).data]).toEqual([Number.NaN, 0]);
  });

  it('hands logits and temperature to a choice of the caller', async () => {
    const seen: number[] = [];
    const choose = (logits: Tensor, temperature: number, ops: TensorOps): Tensor => {
      seen.push(temperature);
      return ops.argmax(logits);
    };
    const options = { codes: 8, temperature: [1, 0.5], choice: { name: 'mine', choose } } as const;
    await run(options, { steps: 3, scale: 1, source: torchRandom(1) });
    expect(seen).toEqual([1, 0.75, 0.5]);
    expect(tokenSampler(options).name).toBe('mine');
  });

  it.each([
    ['temperature[0] is 0', { temperature: [0, 1] }],
    ['temperature[1] is -1', { temperature: [1, -1] }],
    ['temperature[0] is NaN', { temperature: [Number.NaN, 1] }],
    ['renoise is 1.5', { renoise: 1.5 }],
    ['schedule is "sine"; it must be linear or cosine', { schedule: 'sine' }],
  ] as const)('refuses options out of range: %s', (message, options) => {
    expect(() => tokenSampler({ codes: 8, ...(options as Partial<TokenSamplerOptions>) })).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', message: expect.stringContaining(message) }),
    );
  });

  it.each([0, 1.5, 1001, 'smart27', [999, 500]] as const)('refuses %s steps', (steps) => {
    expect(() => tokenSampler({ codes: 8 }).schedule(steps)).toThrow(
      expect.objectContaining({ code: 'STEPS_INVALID' }),
    );
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])(
    'ends where logits once held %f, and hands the network tokens until then',
    async (odd) => {
      const options = { codes: 8, renoise: 1 };
      const shift = (position: number, time: number): number => (position === 3 && time === 0.75 ? odd : 0);
      const grids = await run(options, { steps: 4, scale: 2, source: torchRandom(1), shift });
      expect(grids.slice(0, -1).flat().every(Number.isInteger)).toBe(true);
      expect(grids.at(-1)!.flatMap((token, position) => (Number.isNaN(token) ? [position] : []))).toEqual([3]);
    },
  );
});
