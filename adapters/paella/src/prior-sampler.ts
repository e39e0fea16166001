import { GuidanceError, type Sampler, type Step } from '@sega/guidance';

/** Shifts the cosine, so that the first steps are not too small. */
const SHIFT = 0.008;

/**
 * The sampler of Paella's prior: ancestral steps over the cosine schedule of
 * {@link https://arxiv.org/abs/2102.09672 | Nichol & Dhariwal 2021}.
 *
 *     rᵢ = 1 − (i + 1)/(n + 1)        i = 0 … n
 *     ᾱ(r) = cos²((r + s)/(1 + s)·π/2) / cos²(s/(1 + s)·π/2)        within [10⁻⁴, 0.9999], s = 0.008
 *     a = ᾱ(rᵢ)/ᾱ(rᵢ₊₁)
 *     x ← (x − (1 − a)·ε/√(1 − ᾱ(rᵢ)))/√a + √((1 − a)(1 − ᾱ(rᵢ₊₁))/(1 − ᾱ(rᵢ)))·z        no z where rᵢ₊₁ = 0
 *
 * The network is told r.
 *
 * @internal
 */
export function priorSampler(): Sampler {
  return {
    name: 'ddpm',
    space: 'epsilon',
    schedule(count) {
      checkCount(count);
      return {
        steps: Array.from({ length: count }, (_, index) => stepAt(index, count)),
        initial: (shape, noise) => noise.normal(shape),
        input: (x) => x,
        begin: () => ({}),
        step(x, { value }, { index, alpha, sigma }, _memory, noise, ops) {
          const [now, then] = [kept(index, count), kept(index + 1, count)];
          const a = now / then;
          const spread = Math.sqrt(((1 - a) * (1 - then)) / (1 - now));
          const next = ops.sum([
            [1 / Math.sqrt(a), x],
            [-(1 - a) / Math.sqrt(a * (1 - now)), value],
            ...(index < count - 1 ? [[spread, noise.normal(x.shape)] as const] : []),
          ]);
          const denoised = ops.sum([
            [1 / alpha, x],
            [-sigma, value],
          ]);
          return { next, denoised };
        },
      };
    },
  };
}

function stepAt(index: number, count: number): Step {
  const share = kept(index, count);
  return {
    index,
    count,
    timestep: noised(index, count),
    alpha: Math.sqrt(share),
    sigma: Math.sqrt((1 - share) / share),
  };
}

/** r of a step. */
function noised(index: number, count: number): number {
  return 1 - (index + 1) / (count + 1);
}

/** ᾱ of a step. */
function kept(index: number, count: number): number {
  const cosine = (r: number): number => Math.cos((((r + SHIFT) / (1 + SHIFT)) * Math.PI) / 2) ** 2;
  return Math.min(Math.max(cosine(noised(index, count)) / cosine(0), 1e-4), 0.9999);
}

function checkCount(count: unknown): asserts count is number {
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 1000) return;
  throw new GuidanceError(
    'STEPS_INVALID',
    `steps of the prior is ${JSON.stringify(count)}; it takes a whole number from 1 to 1000.`,
    { steps: count },
  );
}
