import type { ElementFunction } from '@sega/guidance';
import type { Kernel } from '../recorder.js';
import { EXP, IS_NAN } from './numerics.js';

/** Elements one workgroup computes. @internal */
export const GROUP = 64;
const MOST_GROUPS = 65_535;

/** Workgroups for so many elements, in rows as long as a device allows. @internal */
export function gridOf(count: number): [number, number] {
  const groups = Math.max(1, Math.ceil(count / GROUP));
  const rows = Math.ceil(groups / MOST_GROUPS);
  return [Math.ceil(groups / rows), rows];
}

/**
 * A kernel that computes every element of `result` alone. Settings begin with the number of elements; `body` sees the
 * element's number `i` and the inputs `x0`, `x1`, …
 *
 * @internal
 */
export function elementKernel(name: string, inputs: number, body: string, functions = ''): Kernel {
  const bindings = Array.from(
    { length: inputs },
    (_, k) => `@group(0) @binding(${k + 1}) var<storage, read> x${k}: array<f32>;`,
  ).join('\n');
  return {
    name,
    code: `
@group(0) @binding(0) var<storage, read> settings: array<u32>;
${bindings}
@group(0) @binding(${inputs + 1}) var<storage, read_write> result: array<f32>;
fn number(at: u32) -> f32 { return bitcast<f32>(settings[at]); }
${IS_NAN}
${functions}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * ${GROUP}u + id.x;
  if (i >= settings[0]) { return; }
  ${body}
}`,
  };
}

/** Settings: count. @internal */
export const MULTIPLY: Kernel = elementKernel('multiply', 2, 'result[i] = x0[i] * x1[i];');

/** Settings: count, bound. @internal */
export const KEEP_BELOW: Kernel = elementKernel(
  'keepBelow',
  2,
  'result[i] = select(0.0, x0[i], !isNan(x1[i]) && x1[i] < number(1u));',
);

/** Settings: count, infinity. @internal */
export const MAPS: Readonly<Record<ElementFunction, Kernel>> = {
  abs: elementKernel('abs', 1, 'result[i] = bitcast<f32>(bitcast<u32>(x0[i]) & 0x7fffffffu);'),
  exp: elementKernel('exp', 1, 'result[i] = exponential(x0[i], bitcast<f32>(settings[1]));', EXP),
  // A shader may do as it likes with a division by zero.
  reciprocal: elementKernel(
    'reciprocal',
    1,
    `let x = x0[i];
  let sign = bitcast<u32>(x) & 0x80000000u;
  if (x == 0.0) { result[i] = bitcast<f32>(sign | settings[1]); } else { result[i] = 1.0 / x; }`,
  ),
};

const EXTREMES = `
fn larger(a: f32, b: f32) -> f32 { if (isNan(a)) { return a; } if (isNan(b)) { return b; } return select(b, a, a > b); }
fn smaller(a: f32, b: f32) -> f32 { if (isNan(a)) { return a; } if (isNan(b)) { return b; } return select(b, a, a < b); }`;

/** Settings: count, item size, low, high; bounds given as tensors are inputs 1 and on. @internal */
export function clampKernel(lowIsTensor: boolean, highIsTensor: boolean): Kernel {
  const low = lowIsTensor ? 'x1[item]' : 'number(2u)';
  const high = highIsTensor ? `x${lowIsTensor ? 2 : 1}[item]` : 'number(3u)';
  return elementKernel(
    `clamp ${lowIsTensor} ${highIsTensor}`,
    1 + Number(lowIsTensor) + Number(highIsTensor),
    `let item = i / settings[1];
  result[i] = smaller(larger(x0[i], ${low}), ${high});`,
    EXTREMES,
  );
}

/** Settings: count, from height, from width, height, width. @internal */
export const RESIZE: Kernel = elementKernel(
  'resize',
  1,
  `let column = i % settings[4];
  let row = (i / settings[4]) % settings[3];
  let plane = i / (settings[4] * settings[3]) * settings[1] * settings[2];
  let y = between(row, settings[3], settings[1]);
  let x = between(column, settings[4], settings[2]);
  let top = plane + y.first * settings[2];
  let bottom = plane + y.second * settings[2];
  result[i] = mixed(
    mixed(x0[top + x.first], x0[top + x.second], x.share),
    mixed(x0[bottom + x.first], x0[bottom + x.second], x.share), y.share);`,
  `
struct Place { first: u32, second: u32, share: f32 }
fn between(i: u32, count: u32, source: u32) -> Place {
  if (count < 2u) { return Place(0u, min(1u, source - 1u), 0.0); }
  let place = i * (source - 1u);
  let first = place / (count - 1u);
  return Place(first, min(first + 1u, source - 1u), f32(place % (count - 1u)) / f32(count - 1u));
}
fn mixed(a: f32, b: f32, share: f32) -> f32 { return (1.0 - share) * a + share * b; }`,
);
