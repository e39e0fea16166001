import { readFileSync } from 'node:fs';
import {
  and,
  away,
  type Branch,
  type Concept,
  type CpuTensor,
  chain,
  composable,
  cpuOps,
  type Guidance,
  Recording,
  record,
  rescale,
  SAFE_LATENT_PRESETS,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { describe, expect, it } from 'vitest';
import { estimates } from './drive.js';

interface SegaStep {
  eps: number[];
  sem_guidance: number[];
}
const golden = JSON.parse(
  readFileSync(new URL('../../../test/vectors/guidance-golden.json', import.meta.url), 'utf8'),
) as Record<string, number[]> & {
  sega_b2c3_6steps: { eps: number[][]; sem_guidance: number[][] };
  'quantile_[3,1,2,5,4]': Record<string, number>;
};
const TOLERANCE = 1e-4;
const SHAPE = [1, 2, 2, 2];
const TEXTS = ['unconditional', 'prompt', 'concept:edit1', 'concept:edit2', 'concept:edit3'];

/** The closed form the vectors were made from. */
function wave(branch: Branch, size: number, step = 0): Float32Array {
  const k = TEXTS.indexOf(branch);
  if (k < 0) throw new Error(`no wave for ${branch}`);
  return Float32Array.from(
    { length: size },
    (_, i) => Math.sin(1.7 * i + k + 0.37 * step) + 0.25 * Math.cos(0.3 * i * i + 2 * k),
  );
}

function expectClose(actual: Float32Array | undefined, expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  const worst = Math.max(...expected.map((value, i) => Math.abs(value - actual![i]!)));
  expect(worst).toBeLessThan(TOLERANCE);
}

const still = (guidance: Guidance, steps: number): Promise<readonly Float32Array[]> =>
  estimates(guidance, { shape: SHAPE, steps, predict: (branch) => wave(branch, 8) });

describe('golden vectors of the reference implementations', () => {
  it('scale reproduces classifier-free guidance', async () => {
    expectClose((await still(scale(7.5), 1))[0], golden['cfg_7.5']!);
  });

  it('rescale after scale reproduces rescaled guidance', async () => {
    expectClose((await still(chain(scale(7.5), rescale(0.7)), 1))[0], golden['cfg_7.5_rescale_0.7']!);
  });

  it('composable after scale reproduces composable diffusion', async () => {
    const guidance = chain(scale(7.5), composable([and('edit1', 2)]));
    expectClose((await still(guidance, 1))[0], golden['composable_AND_w=[7.5,2]']!);
  });

  it.each(['weak', 'medium', 'strong', 'max'] as const)(
    'safeLatent(%s) before scale reproduces SLD',
    async (preset) => {
      const settings = { ...SAFE_LATENT_PRESETS[preset], text: 'edit1', warmup: 0 };
      const guidance = chain(safeLatent(settings), scale(7.5));
      expectClose((await still(guidance, 2))[1], golden[`sld_${preset.toUpperCase()}_2nd_identical_step`]!);
    },
  );

  it.each([0, 1, 2, 3])("semantic with compat 'diffusers' reproduces SEGA's step %i of two concepts", async (index) => {
    const concepts = [
      toward('edit1', { scale: 5, warmup: 1, threshold: 0.5 }),
      away('edit2', { scale: 4, warmup: 3, threshold: 0.75, weight: 0.5 }),
    ];
    const edit = semantic(concepts, { compat: 'diffusers', momentum: { scale: 0.3, beta: 0.6 } });
    const expected = golden[`sega_step${index}`] as unknown as SegaStep;
    expectClose((await still(chain(scale(7.5), edit), 4))[index], expected.eps);
  });

  it("semantic with compat 'diffusers' reproduces SEGA on a batch of two with three concepts", async () => {
    const concepts: Concept[] = [
      toward('edit1', { scale: 5, warmup: 1, cooldown: 6, threshold: 0.9, weight: 1 }),
      away('edit2', { scale: 4, warmup: 2, cooldown: 6, threshold: 0.8, weight: 0.5 }),
      toward('edit3', { scale: 6, warmup: 4, cooldown: 5, threshold: 0.75, weight: 2 }),
    ];
    const edit = semantic(concepts, { compat: 'diffusers', momentum: { scale: 0.3, beta: 0.6 } });
    const recording = new Recording();
    const run = await estimates(chain(scale(7.5), record(edit, recording)), {
      shape: [2, 3, 4, 4],
      steps: 6,
      predict: (branch, step) => wave(branch, 96, step.index),
    });
    const { eps, sem_guidance } = golden.sega_b2c3_6steps;
    expect(eps).toHaveLength(6);
    eps.forEach((expected, index) => {
      expectClose(run[index], expected);
      expectClose(recording.trace.gammas[index], sem_guidance[index]!);
    });
  });

  it('quantile interpolates as torch does', () => {
    const ops = cpuOps();
    const x = ops.fromArray(Float32Array.of(3, 1, 2, 5, 4), [1, 5]);
    for (const [q, expected] of Object.entries(golden['quantile_[3,1,2,5,4]'])) {
      expect((ops.quantile(x, Number(q)) as CpuTensor).data[0]).toBeCloseTo(expected, 5);
    }
  });
});
