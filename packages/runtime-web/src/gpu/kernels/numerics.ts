// Shaders may be compiled as if there were no NaN, so it is told by its bits.
/** @internal */
export const IS_NAN = `
fn isNan(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
`;

/** @internal */
export const IS_FINITE = `
fn isFinite(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }
`;

// The built-in exp may be off by 3 + 2·|x| units in the last place. Here x = n·ln 2 + r, and a polynomial for r.
/** WGSL of `exponential`. @internal */
export const EXP = `
fn exponential(x: f32, infinity: f32) -> f32 {
  if (isNan(x)) { return x; }
  if (x < -104.0) { return 0.0; }
  if (x > 88.8) { return infinity; }
  let n = round(x * 1.44269504);
  let r = (x - n * 0.693359375) + n * 2.12194440e-4;
  let p = 1.0 + r * (1.0 + r * (0.5 + r * (0.16666667 + r * (0.041666667 + r * (0.0083333333 + r * 0.0013888889)))));
  let whole = i32(n);
  let half = whole / 2;
  return p * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(whole - half + 127) << 23u);
}`;

// Sums are kept as pairs of floats, a value and what rounding took from it: 48 bits, since there is no float64. Settings
// hold a zero the compiler does not know, which keeps it from simplifying (a + b) − a.
/** WGSL of sums in pairs of floats. Settings hold the zero second. @internal */
export const PAIRS = `
${IS_FINITE}
fn opaque(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ settings[1]); }
fn added(a: vec2f, b: vec2f) -> vec2f {
  let sum = a.x + b.x;
  let share = opaque(sum) - a.x;
  let lost = (a.x - opaque(sum - share)) + (b.x - share);
  if (!isFinite(sum)) { return vec2f(sum, 0.0); }
  return vec2f(sum, lost + a.y + b.y);
}
fn product(a: f32, b: f32) -> vec2f {
  let value = a * b;
  if (!isFinite(value)) { return vec2f(value, 0.0); }
  let ah = bitcast<f32>(bitcast<u32>(a) & 0xfffff000u);
  let bh = bitcast<f32>(bitcast<u32>(b) & 0xfffff000u);
  let al = a - ah;
  let bl = b - bh;
  return vec2f(value, ((ah * bh - opaque(value)) + ah * bl + al * bh) + al * bl);
}`;
