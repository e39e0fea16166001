import type { Kernel } from '../recorder.js';
import { GROUP } from './elementwise.js';
import { SELECT_LARGEST, WIDE } from './select.js';

/** Threshold bits no magnitude reaches. @internal */
export const NOTHING = 0xffffffff;

/** Numbers at the head of the settings, before scale, weight and count wanted of each tail and item. */
const HEAD = 7;

/**
 * Settings of both kernels: count, item size, groups, their blocks and length, items, whether to add to the result; then
 * scale, weight and how many values are wanted, of every tail and item. Wanted 0 leaves a tail out.
 */
const SHARED = (tails: number): string => `
@group(0) @binding(0) var<storage, read> settings: array<u32>;
@group(0) @binding(1) var<storage, read> origin: array<f32>;
${Array.from({ length: tails }, (_, k) => `@group(0) @binding(${k + 2}) var<storage, read> x${k}: array<f32>;`).join('\n')}
fn own(tail: u32, item: u32, which: u32) -> u32 { return settings[${HEAD}u + 3u * (tail * settings[5] + item) + which]; }
fn scaled(tail: u32, scale: f32, i: u32) -> f32 {
  var x = 0.0;
  switch tail {
    ${Array.from({ length: tails }, (_, k) => `case ${k}u: { x = x${k}[i]; }`).join('\n    ')}
    default: {}
  }
  return scale * (x - origin[i]);
}`;

/** The threshold of each tail, item and group, as float bits: one workgroup for each. @internal */
export function tailBoundKernel(tails: number): Kernel {
  return {
    name: `tail bound ${tails}`,
    code: `
${SHARED(tails)}
@group(0) @binding(${tails + 2}) var<storage, read_write> bounds: array<u32>;
var<private> first: u32;
var<private> tail: u32;
var<private> scale: f32;
fn key(n: u32) -> u32 {
  let length = settings[4];
  let i = first + (n / length) * settings[2] * length + n % length;
  return bitcast<u32>(scaled(tail, scale, i)) & 0x7fffffffu;
}
${SELECT_LARGEST}
@compute @workgroup_size(${WIDE})
fn main(@builtin(workgroup_id) at: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = at.x;
  let item = at.y;
  tail = at.z;
  first = item * settings[1] + group * settings[4];
  scale = bitcast<f32>(own(tail, item, 0u));
  let wanted = own(at.z, item, 2u);
  let count = settings[3] * settings[4];
  var bound = select(0u, ${NOTHING}u, wanted == 0u);
  if (wanted > 0u && wanted < count) { bound = selectLargest(count, wanted, lane); }
  if (lane == 0u) { bounds[(tail * settings[5] + item) * settings[2] + group] = bound; }
}`,
  };
}

/** Σ w·ψ where |ψ| reaches its bound, added in order. @internal */
export function tailSumKernel(tails: number): Kernel {
  const adds = Array.from(
    { length: tails },
    (_, k) => `{
    let psi = scaled(${k}u, bitcast<f32>(own(${k}u, item, 0u)), i);
    let bound = bounds[(${k}u * settings[5] + item) * settings[2] + group];
    if ((bitcast<u32>(psi) & 0x7fffffffu) >= bound) { sum += bitcast<f32>(own(${k}u, item, 1u)) * psi; }
  }`,
  );
  return {
    name: `tail sum ${tails}`,
    code: `
${SHARED(tails)}
@group(0) @binding(${tails + 2}) var<storage, read> bounds: array<u32>;
@group(0) @binding(${tails + 3}) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * ${GROUP}u + id.x;
  if (i >= settings[0]) { return; }
  let item = i / settings[1];
  let group = (i % settings[1]) / settings[4] % settings[2];
  var sum = 0.0;
  if (settings[6] != 0u) { sum = result[i]; }
  ${adds.join('\n  ')}
  result[i] = sum;
}`,
  };
}
