import type { Kernel } from '../recorder.js';
import { GROUP } from './elementwise.js';
import { EXP, IS_NAN, PAIRS } from './numerics.js';
import { SELECT_LARGEST, WIDE } from './select.js';
import { NOTHING } from './tails.js';

/** Numbers at the head of the settings, before scale, weight and count wanted of each tail and item. */
const HEAD = 9;

/**
 * Settings: count, item size, channels, blocks and length of their runs, items, whether to add to the result, whether
 * values are logits, unused; then scale, weight and how many positions are wanted, of every tail and item.
 *
 * Scores are pairs for every tail, item and position: what to subtract from the difference, and the square of its norm.
 */
const SETTINGS = `
@group(0) @binding(0) var<storage, read> settings: array<u32>;
fn own(tail: u32, item: u32, which: u32) -> u32 { return settings[${HEAD}u + 3u * (tail * settings[5] + item) + which]; }`;

const INPUTS = (tails: number): string => `
@group(0) @binding(1) var<storage, read> origin: array<f32>;
${Array.from({ length: tails }, (_, k) => `@group(0) @binding(${k + 2}) var<storage, read> x${k}: array<f32>;`).join('\n')}
fn load(tail: u32, i: u32) -> f32 {
  switch tail {
    ${Array.from({ length: tails }, (_, k) => `case ${k}u: { return x${k}[i]; }`).join('\n    ')}
    default: { return 0.0; }
  }
}`;

const MAIN = (body: string): string => `
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * ${GROUP}u + id.x;
  if (i >= settings[0]) { return; }
  ${body}
}`;

/** The scores; the count is that of tails, items and positions. @internal */
export function tokenScoreKernel(tails: number): Kernel {
  return {
    name: `token scores ${tails}`,
    code: `
${SETTINGS}
${INPUTS(tails)}
@group(0) @binding(${tails + 2}) var<storage, read_write> scores: array<vec2f>;
${IS_NAN}
${EXP}
${PAIRS.replaceAll('settings[1]', 'settings[8]')}
struct Extent { largest: f32, sum: f32 }
fn extent(tail: u32, ofOrigin: bool, first: u32) -> Extent {
  let channels = settings[2];
  let step = settings[4];
  var largest = bitcast<f32>(settings[8] | 0xff800000u);
  for (var c = 0u; c < channels; c++) {
    let x = value(tail, ofOrigin, first + c * step);
    if (isNan(x) || x > largest) { largest = x; }
    if (isNan(largest)) { break; }
  }
  var sum = vec2f();
  for (var c = 0u; c < channels; c++) {
    sum = added(sum, vec2f(exponential(value(tail, ofOrigin, first + c * step) - largest, 0.0), 0.0));
  }
  return Extent(largest, sum.x + sum.y);
}
fn value(tail: u32, ofOrigin: bool, i: u32) -> f32 {
  if (ofOrigin) { return origin[i]; }
  return load(tail, i);
}
// The built-in log is exact to 2⁻²¹ only; one Newton step mends it.
fn logarithm(x: f32) -> f32 {
  let y = log(x);
  return y + (x * exponential(-y, 0.0) - 1.0);
}
${MAIN(`let positions = settings[3] * settings[4];
  let position = i % positions;
  let item = i / positions % settings[5];
  let tail = i / positions / settings[5];
  let first = item * settings[1] + position / settings[4] * settings[2] * settings[4] + position % settings[4];
  var shift = 0.0;
  if (settings[7] != 0u) {
    let own = extent(tail, false, first);
    let base = extent(tail, true, first);
    shift = (own.largest - base.largest) + (logarithm(own.sum) - logarithm(base.sum));
  }
  var squares = vec2f();
  for (var c = 0u; c < settings[2]; c++) {
    let j = first + c * settings[4];
    let distance = (load(tail, j) - origin[j]) - shift;
    squares = added(squares, product(distance, distance));
  }
  scores[i] = vec2f(shift, squares.x + squares.y);`)}`,
  };
}

/** The threshold of each tail and item, as float bits of a score: one workgroup for each. @internal */
export const TOKEN_BOUND: Kernel = {
  name: 'token bound',
  code: `
${SETTINGS}
@group(0) @binding(1) var<storage, read> scores: array<vec2u>;
@group(0) @binding(2) var<storage, read_write> bounds: array<u32>;
var<private> first: u32;
fn key(n: u32) -> u32 { return scores[first + n].y & 0x7fffffffu; }
${SELECT_LARGEST}
@compute @workgroup_size(${WIDE})
fn main(@builtin(workgroup_id) at: vec3u, @builtin(local_invocation_index) lane: u32) {
  let count = settings[3] * settings[4];
  let which = at.y * settings[5] + at.x;
  first = which * count;
  let wanted = own(at.y, at.x, 2u);
  var bound = select(0u, ${NOTHING}u, wanted == 0u);
  if (wanted > 0u && wanted < count) { bound = selectLargest(count, wanted, lane); }
  if (lane == 0u) { bounds[which] = bound; }
}`,
};

/** Σ s·w·(x − origin − shift) at the positions whose score reaches its bound, added in order. @internal */
export function tokenSumKernel(tails: number): Kernel {
  const adds = Array.from(
    { length: tails },
    (_, k) => `{
    let which = ${k}u * settings[5] + item;
    let score = scores[which * settings[3] * settings[4] + position];
    if ((bitcast<u32>(score.y) & 0x7fffffffu) >= bounds[which]) {
      let factor = bitcast<f32>(own(${k}u, item, 0u)) * bitcast<f32>(own(${k}u, item, 1u));
      sum += factor * ((x${k}[i] - origin[i]) - score.x);
    }
  }`,
  );
  return {
    name: `token sum ${tails}`,
    code: `
${SETTINGS}
${INPUTS(tails).replace(/fn load[\s\S]*$/, '')}
@group(0) @binding(${tails + 2}) var<storage, read> scores: array<vec2f>;
@group(0) @binding(${tails + 3}) var<storage, read> bounds: array<u32>;
@group(0) @binding(${tails + 4}) var<storage, read_write> result: array<f32>;
${MAIN(`let item = i / settings[1];
  let inside = i % settings[1];
  let position = inside / (settings[2] * settings[4]) * settings[4] + inside % settings[4];
  var sum = 0.0;
  if (settings[6] != 0u) { sum = result[i]; }
  ${adds.join('\n  ')}
  result[i] = sum;`)}`,
  };
}
