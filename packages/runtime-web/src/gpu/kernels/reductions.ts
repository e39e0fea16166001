import type { Kernel } from '../recorder.js';
import { IS_NAN, PAIRS } from './numerics.js';
import { SELECT_LARGEST, WIDE } from './select.js';

const TOTAL = `
${PAIRS}
var<workgroup> pairs: array<vec2f, ${WIDE}>;
fn total(own: vec2f, lane: u32) -> vec2f {
  workgroupBarrier();
  pairs[lane] = own;
  workgroupBarrier();
  for (var half = ${WIDE / 2}u; half > 0u; half /= 2u) {
    if (lane < half) { pairs[lane] = added(pairs[lane], pairs[lane + half]); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&pairs[0]);
}`;

/** One workgroup for each item. Settings: item size, zero, and the kernel's own. */
function reduction(name: string, inputs: number, body: string, functions: string): Kernel {
  return {
    name,
    code: `
@group(0) @binding(0) var<storage, read> settings: array<u32>;
${Array.from({ length: inputs }, (_, k) => `@group(0) @binding(${k + 1}) var<storage, read> x${k}: array<f32>;`).join('\n')}
@group(0) @binding(${inputs + 1}) var<storage, read_write> result: array<f32>;
${IS_NAN}
var<private> start: u32;
${functions}
@compute @workgroup_size(${WIDE})
fn main(@builtin(workgroup_id) at: vec3u, @builtin(local_invocation_index) lane: u32) {
  let size = settings[0];
  start = at.x * size;
  ${body}
}`,
  };
}

/** @internal */
export const DOT: Kernel = reduction(
  'dot',
  2,
  `var sum = vec2f();
  for (var n = lane; n < size; n += ${WIDE}u) { sum = added(sum, product(x0[start + n], x1[start + n])); }
  let all = total(sum, lane);
  if (lane == 0u) { result[at.x] = all.x + all.y; }`,
  TOTAL,
);

/** Settings: item size, zero, what a single value deviates. @internal */
export const DEVIATION: Kernel = reduction(
  'deviation',
  1,
  `var sum = vec2f();
  for (var n = lane; n < size; n += ${WIDE}u) { sum = added(sum, vec2f(x0[start + n], 0.0)); }
  let all = total(sum, lane);
  let count = f32(size);
  let mean = all.x / count;
  let back = product(mean, count);
  let rest = (((all.x - back.x) - back.y) + all.y) / count;
  var squares = vec2f();
  for (var n = lane; n < size; n += ${WIDE}u) {
    let distance = (x0[start + n] - mean) - rest;
    squares = added(squares, product(distance, distance));
  }
  let spread = total(squares, lane);
  if (lane == 0u) {
    if (size < 2u) { result[at.x] = bitcast<f32>(settings[2]); }
    else { result[at.x] = sqrt((spread.x + spread.y) / (count - 1.0)); }
  }`,
  TOTAL,
);

/** Settings: item size, zero, the two ranks from the largest, the share of the second. @internal */
export const QUANTILE: Kernel = reduction(
  'quantile',
  1,
  `let below = unsortable(selectLargest(size, settings[2], lane));
  var above = below;
  if (settings[3] != settings[2]) { above = unsortable(selectLargest(size, settings[3], lane)); }
  let share = bitcast<f32>(settings[4]);
  if (lane == 0u) {
    result[at.x] = select(above - (above - below) * (1.0 - share), below + share * (above - below), share < 0.5);
  }`,
  `
fn key(n: u32) -> u32 {
  let bits = bitcast<u32>(x0[start + n]);
  return bits ^ select(0x80000000u, 0xffffffffu, (bits >> 31u) == 1u);
}
fn unsortable(sorted: u32) -> f32 {
  return bitcast<f32>(sorted ^ select(0xffffffffu, 0x80000000u, (sorted >> 31u) == 1u));
}
${SELECT_LARGEST}`,
);
