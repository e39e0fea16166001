/**
 * E[max of `draws` values drawn with replacement] = Σ x₍ᵢ₎·((i/n)^k − ((i−1)/n)^k), x₍₁₎ ≤ … ≤ x₍ₙ₎ — the expected maximum
 * inappropriateness of Safe Latent Diffusion, without drawing at random.
 *
 * @returns `undefined` for no values.
 * @internal
 */
export function expectedMaximum(values: readonly number[], draws: number): number | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted.reduce((sum, x, i) => sum + x * (((i + 1) / n) ** draws - (i / n) ** draws), 0);
}
