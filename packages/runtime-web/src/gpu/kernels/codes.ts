import type { Kernel } from '../recorder.js';
import { elementKernel } from './elementwise.js';
import { EXP, IS_FINITE, PAIRS } from './numerics.js';

const FIRST = `let positions = settings[2];
  let codes = settings[3];
  let first = i / positions * positions * codes + i % positions;`;

/** `odd` becomes NaN where some logit is, else the largest. */
const MOST = `var best = x0[first];
  var most = 0u;
  var odd = best;
  for (var code = 1u; code < codes; code++) {
    let value = x0[first + code * positions];
    if (isNan(value)) { odd = value; }
    if (!isNan(value) && !isNan(best) && value > best) { best = value; most = code; }
  }
  if (!isNan(odd)) { odd = best; }`;

const result = (code: string): string => `if (isFinite(odd)) { result[i] = f32(${code}); } else { result[i] = odd; }`;

/**
 * The most probable code of every position, the first of equals; not finite where some logit is NaN or the largest is infinite.
 * Settings: count, zero, positions, codes.
 *
 * @internal
 */
export const ARGMAX: Kernel = elementKernel(
  'argmax',
  1,
  `${FIRST}
  ${MOST}
  ${result('most')}`,
  IS_FINITE,
);

/**
 * The first code whose cumulated probability exceeds the position's number; not finite where some logit is NaN or the largest
 * is infinite. Settings: count, zero, positions, codes, temperature.
 *
 * @internal
 */
export const CATEGORICAL: Kernel = elementKernel(
  'categorical',
  2,
  `${FIRST}
  ${MOST}
  let temperature = number(4u);
  var sum = vec2f();
  for (var code = 0u; code < codes; code++) {
    sum = added(sum, share(x0[first + code * positions], best, temperature));
  }
  let whole = product(sum.x, x1[i]);
  var left = added(whole, product(sum.y, x1[i]));
  var drawn = codes - 1u;
  for (var code = 0u; code < codes; code++) {
    left = added(left, -share(x0[first + code * positions], best, temperature));
    // While something is left the code lies further on; the last code takes what rounding leaves.
    if (left.x + left.y < 0.0) { drawn = code; break; }
  }
  ${result('drawn')}`,
  `${EXP}
${PAIRS}
fn share(value: f32, best: f32, temperature: f32) -> vec2f { return vec2f(exponential((value - best) / temperature, 0.0), 0.0); }`,
);
