import {
  GuidanceError,
  type Sampler,
  type SamplerStep,
  type Step,
  type Tensor,
  type TensorOps,
  type Term,
} from '@sega/guidance';
import { checkNumber } from './check-number.js';
import { linspace } from './schedule/linspace.js';

/** How a token is chosen from guided logits: drawn, the most probable, or some other way. @category Samplers */
export type TokenChoice =
  | 'categorical'
  | 'argmax'
  | {
      readonly name: string;
      /** Tokens [batch, height, width] from logits [batch, code, height, width]. */
      choose(logits: Tensor, temperature: number, ops: TensorOps): Tensor | Promise<Tensor>;
    };

/** How the share of random tokens falls from 1 to 0. @category Samplers */
export type TokenSchedule = 'linear' | 'cosine';

/** Options of {@link tokenSampler}. @category Samplers */
export interface TokenSamplerOptions {
  /** Codes of the codebook, K. */
  readonly codes: number;
  /** What logits are divided by, above 0, at the first and at the last step; evenly between. Default [1.2, 0.2]. */
  readonly temperature?: readonly [number, number];
  /** Share of the steps, within [0, 1], after which tokens are replaced again. Default 26/32. */
  readonly renoise?: number;
  /**
   * `linear` as published, the default; `cosine` settles few tokens at first, which are drawn knowing nothing of each other, so
   * that the rest follows from tokens that agree.
   */
  readonly schedule?: TokenSchedule;
  /** Default `categorical`: drawn from the distribution. */
  readonly choice?: TokenChoice;
}

/** The share of random tokens where a share of the steps is done. */
const SHARES: Readonly<Record<TokenSchedule, (done: number) => number>> = {
  linear: (done) => 1 - done,
  cosine: (done) => Math.cos((done * Math.PI) / 2),
};

/**
 * Sampling of token grids by re-noising, {@link https://arxiv.org/abs/2211.07292 | Rampas et al. 2022}.
 *
 *     x₀ ← random tokens      tᵢ = 1 − i/n, or cos(π/2 · i/n), {@link https://arxiv.org/abs/2202.04200 | Chang et al. 2022}
 *     y ← choose(softmax(logits(x, tᵢ)/Tᵢ))
 *     x ← x₀ where u ≤ tᵢ₊₁, else y          u uniform; always the same x₀
 *
 * One evaluation for each step. Each draws one uniform number for each position to choose by, if the choice is random,
 * and one to re-noise by, if it does.
 *
 * @throws OPTION_INVALID when a temperature is not above 0, the share is outside [0, 1] or the schedule is none of the two.
 *
 * @example
 * const sampler = tokenSampler({ codes: 8192, temperature: [1, 0.2], renoise: 11 / 12 });
 * sampler.schedule(12).steps[3]?.timestep; // 0.75
 * @category Samplers
 */
export function tokenSampler(options: TokenSamplerOptions): Sampler {
  const { codes, temperature = [1.2, 0.2], renoise = 26 / 32, schedule = 'linear', choice = 'categorical' } = options;
  const share = shareOf(schedule);
  checkNumber('renoise', renoise, 0, 1);
  temperature.forEach((value, i) => {
    checkTemperature(`temperature[${i}]`, value);
  });
  return {
    name: typeof choice === 'string' ? choice : choice.name,
    space: 'logits',
    schedule(count) {
      checkCount(count);
      const temperatures = linspace(...temperature, count);
      const renoised = Math.round(renoise * count);
      return {
        steps: Array.from({ length: count }, (_, index) => stepAt(index, count, share(index / count))),
        initial: (shape, noise) => noise.integers(shape, codes),
        input: (x) => x,
        begin: () => ({}),
        async step(x, { value }, { index }, memory, noise, ops): Promise<SamplerStep> {
          memory.first ??= ops.keep(x);
          const first = memory.first as Tensor;
          const isLast = index === count - 1;
          if (isLast) ops.release(first);
          const drawn = await choose(choice, value, temperatures[index]!, () => noise.uniform(x.shape), ops);
          const odd = remembered(memory, drawn, ops);
          if (isLast) ops.release(odd);
          const told: readonly Term[] = [
            [1, drawn],
            [1, odd],
          ];
          const chosen = isLast ? ops.sum(told) : ops.keepBelow(drawn, drawn, codes);
          if (index >= renoised) return { next: chosen, denoised: chosen };
          const test = noise.uniform(x.shape);
          const bound = floatAfter(share((index + 1) / count)); // u ≤ t is u < the float after t
          const next = ops.sum([
            [1, chosen],
            [-1, ops.keepBelow(chosen, test, bound)],
            [1, ops.keepBelow(first, test, bound)],
          ]);
          return { next, denoised: chosen };
        },
      };
    },
  };
}

/**
 * 0, or NaN where a token was drawn from logits that are not finite. The run goes on with another token there, since networks
 * take none but those of the codebook; the last grid has the NaN, so that nothing must be read back before.
 */
function remembered(memory: Record<string, unknown>, drawn: Tensor, ops: TensorOps): Tensor {
  const before = memory.odd as Tensor | undefined;
  const odd = ops.keep(
    ops.sum([
      [0, drawn],
      [before ? 1 : 0, before ?? drawn],
    ]),
  );
  if (before) ops.release(before);
  memory.odd = odd;
  return odd;
}

function choose(
  choice: TokenChoice,
  logits: Tensor,
  temperature: number,
  uniform: () => Tensor,
  ops: TensorOps,
): Tensor | Promise<Tensor> {
  if (choice === 'categorical') return ops.categorical(logits, temperature, uniform());
  return choice === 'argmax' ? ops.argmax(logits) : choice.choose(logits, temperature, ops);
}

function shareOf(schedule: TokenSchedule): (done: number) => number {
  if (Object.hasOwn(SHARES, schedule)) return SHARES[schedule];
  const words = Object.keys(SHARES);
  throw new GuidanceError('OPTION_INVALID', `schedule is "${schedule}"; it must be ${words.join(' or ')}.`, {
    option: 'schedule',
    value: schedule,
    words,
  });
}

function stepAt(index: number, count: number, t: number): Step {
  return { index, count, timestep: t, alpha: Math.sqrt(1 - t), sigma: Math.sqrt(t / (1 - t)) };
}

function floatAfter(value: number): number {
  const bits = new Int32Array(Float32Array.of(value).buffer);
  bits[0] = bits[0]! + 1;
  return new Float32Array(bits.buffer)[0]!;
}

function checkTemperature(option: string, value: number): void {
  if (Number.isFinite(value) && value > 0) return;
  throw new GuidanceError(
    'OPTION_INVALID',
    `${option} is ${value}; it must be a number above 0. For the most probable tokens take the sampler "argmax".`,
    { option, value },
  );
}

function checkCount(count: unknown): asserts count is number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 1000) return;
  throw new GuidanceError(
    'STEPS_INVALID',
    `steps is ${JSON.stringify(count)}; token samplers take a whole number from 1 to 1000.`,
    { steps: count },
  );
}
