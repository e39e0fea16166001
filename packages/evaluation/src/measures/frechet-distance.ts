import { eigenvalues, squareRoot } from './symmetric-matrix.js';

/**
 * Fréchet distance of two sets of feature vectors taken as Gaussians, {@link https://arxiv.org/abs/1706.08500 | Heusel et
 * al. 2017}; theirs are Inception's features, so figures compare only within one kind of features.
 *
 *     d² = |μₐ − μ_b|² + tr(Σₐ + Σ_b − 2·(Σₐ^½ Σ_b Σₐ^½)^½)
 *
 * With few more vectors than features it is biased upward, the same for sets of the same size.
 *
 * @returns d²; `undefined` where a set has fewer than two vectors.
 * @internal
 */
export function frechetDistance(a: readonly Float32Array[], b: readonly Float32Array[]): number | undefined {
  if (a.length < 2 || b.length < 2) return undefined;
  const [p, q] = [gaussian(a), gaussian(b)];
  const n = p.mean.length;
  const root = squareRoot(p.covariance, n);
  const crossed = eigenvalues(product(product(root, q.covariance, n), root, n), n);
  const shift = p.mean.reduce((sum, mean, i) => sum + (mean - q.mean[i]!) ** 2, 0);
  const overlap = crossed.reduce((sum, value) => sum + Math.sqrt(Math.max(0, value)), 0);
  return Math.max(0, shift + trace(p.covariance, n) + trace(q.covariance, n) - 2 * overlap);
}

function gaussian(vectors: readonly Float32Array[]): { mean: Float64Array; covariance: Float64Array } {
  const n = vectors[0]!.length;
  const mean = new Float64Array(n);
  for (const vector of vectors) for (let i = 0; i < n; i++) mean[i]! += vector[i]! / vectors.length;
  const covariance = new Float64Array(n * n);
  for (const vector of vectors) {
    for (let i = 0; i < n; i++) {
      for (let j = 0; j < n; j++) {
        covariance[i * n + j]! += ((vector[i]! - mean[i]!) * (vector[j]! - mean[j]!)) / (vectors.length - 1);
      }
    }
  }
  return { mean, covariance };
}

function product(a: Float64Array, b: Float64Array, n: number): Float64Array {
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < n; k++) for (let j = 0; j < n; j++) result[i * n + j]! += a[i * n + k]! * b[k * n + j]!;
  }
  return result;
}

function trace(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += a[i * n + i]!;
  return sum;
}
