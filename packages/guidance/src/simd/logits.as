// Passes over logits in AssemblyScript; `node scripts/build-simd.mjs` compiles this file to logits.wasm.ts.
// A tile is rows of codes, `stride` bytes apart, each over the same positions. Four positions are taken at a time, so what
// lies up to 16 bytes past the last is read and written too.

const LOG2E: f32 = 1.44269504;
/** Exponents above it ask for a larger pivot: they are rounded in proportion to their size. */
const LIMIT: f32 = 8;
/** Adding it to an exponent leaves the nearest whole number, with the bias of a float's exponent, in the low bits. */
const ROUND: f32 = 12583039;

/** 2ᵗ to 2·10⁻⁷ of itself, for t from −126 to 127. Below it is 2⁻¹²⁶; NaN stays. */
// @ts-ignore: decorator
@inline
function exp2(t: v128): v128 {
  const exponent = f32x4.pmax(t, f32x4.splat(-126));
  const rounded = f32x4.add(exponent, f32x4.splat(ROUND));
  const f = f32x4.sub(exponent, f32x4.sub(rounded, f32x4.splat(ROUND)));
  let power = f32x4.splat(0.0013264727);
  power = f32x4.add(f32x4.mul(power, f), f32x4.splat(0.009671513));
  power = f32x4.add(f32x4.mul(power, f), f32x4.splat(0.055507336));
  power = f32x4.add(f32x4.mul(power, f), f32x4.splat(0.24022242));
  power = f32x4.add(f32x4.mul(power, f), f32x4.splat(0.693147));
  power = f32x4.add(f32x4.mul(power, f), f32x4.splat(1));
  return f32x4.mul(power, i32x4.shl(rounded, 23));
}

/** Adds four floats to four doubles. */
// @ts-ignore: decorator
@inline
function addTo(doubles: usize, floats: v128): void {
  const high = i8x16.shuffle(floats, floats, 8, 9, 10, 11, 12, 13, 14, 15, 8, 9, 10, 11, 12, 13, 14, 15);
  v128.store(doubles, f64x2.add(v128.load(doubles), f64x2.promote_low_f32x4(floats)));
  v128.store(doubles, f64x2.add(v128.load(doubles, 16), f64x2.promote_low_f32x4(high)), 16);
}

/**
 * exponentials[p] += Σ exp((x − pivots[p])·sharpness) over the rows, for positions from `from`. Returns the first position
 * not added because its pivot is too small, else a number not below `count`.
 *
 * `sums` is the address of a block's sums, for `width` positions each: exponentials, first moments and second moments as
 * doubles, then pivots and centres as floats.
 */
export function addExponentials(
  x: usize,
  rows: i32,
  stride: usize,
  sums: usize,
  width: usize,
  sharpness: f32,
  from: i32,
  count: i32,
): i32 {
  const factor = f32x4.splat(LOG2E * sharpness);
  const pivots = sums + 24 * width;
  for (; from < count; from += 4) {
    const at: usize = from << 2;
    const pivot = v128.load(pivots + at);
    let sum = f32x4.splat(0);
    let highest = f32x4.splat(0);
    let value = x + at;
    for (let row = 0; row < rows; row++) {
      const t = f32x4.mul(f32x4.sub(v128.load(value), pivot), factor);
      highest = f32x4.pmax(highest, t);
      sum = f32x4.add(sum, exp2(t));
      value += stride;
    }
    if (v128.any_true(f32x4.gt(highest, f32x4.splat(LIMIT)))) break;
    addTo(sums + (at << 1), sum);
  }
  return from;
}

/** The same with sharpness 1, and with d = x − origin − centres[p]: firsts[p] += Σ d, seconds[p] += Σ d². */
export function addMoments(
  x: usize,
  origin: usize,
  rows: i32,
  stride: usize,
  sums: usize,
  width: usize,
  from: i32,
  count: i32,
): i32 {
  const factor = f32x4.splat(LOG2E);
  const firsts = sums + 8 * width;
  const seconds = firsts + 8 * width;
  const pivots = seconds + 8 * width;
  const centres = pivots + 4 * width;
  for (; from < count; from += 4) {
    const at: usize = from << 2;
    const pivot = v128.load(pivots + at);
    const centre = v128.load(centres + at);
    let sum = f32x4.splat(0);
    let first = f32x4.splat(0);
    let second = f32x4.splat(0);
    let highest = f32x4.splat(0);
    let value = x + at;
    let base = origin + at;
    for (let row = 0; row < rows; row++) {
      const here = v128.load(value);
      const t = f32x4.mul(f32x4.sub(here, pivot), factor);
      highest = f32x4.pmax(highest, t);
      sum = f32x4.add(sum, exp2(t));
      const d = f32x4.sub(f32x4.sub(here, v128.load(base)), centre);
      first = f32x4.add(first, d);
      second = f32x4.add(second, f32x4.mul(d, d));
      value += stride;
      base += stride;
    }
    if (v128.any_true(f32x4.gt(highest, f32x4.splat(LIMIT)))) break;
    addTo(sums + (at << 1), sum);
    addTo(firsts + (at << 1), first);
    addTo(seconds + (at << 1), second);
  }
  return from;
}
