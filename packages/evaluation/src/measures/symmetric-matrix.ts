/** Sweeps after which Jacobi's method has long converged. */
const SWEEPS = 60;

/** The eigenvalues of a symmetric n × n matrix. @internal */
export function eigenvalues(matrix: Float64Array, n: number): Float64Array {
  return decompose(matrix, n).values;
}

/** The symmetric square root of a symmetric n × n matrix; eigenvalues below zero, which only rounding makes, count as zero. @internal */
export function squareRoot(matrix: Float64Array, n: number): Float64Array {
  const { values, vectors } = decompose(matrix, n);
  const roots = values.map((value) => Math.sqrt(Math.max(0, value)));
  const result = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      let sum = 0;
      for (let k = 0; k < n; k++) sum += vectors[i * n + k]! * roots[k]! * vectors[j * n + k]!;
      result[i * n + j] = sum;
    }
  }
  return result;
}

/** A = V·diag(values)·Vᵀ by Jacobi's rotations. */
function decompose(matrix: Float64Array, n: number): { values: Float64Array; vectors: Float64Array } {
  const a = Float64Array.from(matrix, (value, i) => (value + matrix[(i % n) * n + Math.floor(i / n)]!) / 2);
  const vectors = Float64Array.from(a, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  const size = a.reduce((sum, value) => sum + value * value, 0);
  for (let sweep = 0; sweep < SWEEPS && offDiagonal(a, n) > size * 1e-30; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, vectors, n, p, q);
  }
  return { values: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), vectors };
}

function offDiagonal(a: Float64Array, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) for (let j = 0; j < i; j++) sum += a[i * n + j]! ** 2;
  return sum;
}

/** Turns rows and columns p and q so that a[p, q] becomes zero. */
function rotate(a: Float64Array, vectors: Float64Array, n: number, p: number, q: number): void {
  const apq = a[p * n + q]!;
  if (apq === 0) return;
  const theta = (a[q * n + q]! - a[p * n + p]!) / (2 * apq);
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
  const c = 1 / Math.sqrt(t * t + 1);
  const s = t * c;
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q, c, s);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k, c, s);
  for (let k = 0; k < n; k++) turn(vectors, k * n + p, k * n + q, c, s);
}

function turn(values: Float64Array, i: number, j: number, c: number, s: number): void {
  const [x, y] = [values[i]!, values[j]!];
  values[i] = c * x - s * y;
  values[j] = s * x + c * y;
}
