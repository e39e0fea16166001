import type { DataType } from '@sega/guidance';
import type { Kernel } from '../recorder.js';
import { GROUP } from './elementwise.js';

/** Types networks may declare beside float32. @internal */
export type PackedType = Exclude<DataType, 'float32'>;

/** 32-bit words that hold so many numbers of a type. @internal */
export function wordsOf(type: PackedType, count: number): number {
  if (type === 'int64') return 2 * count;
  if (type === 'int32') return count;
  return Math.ceil(count / (type === 'float16' ? 2 : 4));
}

function kernel(name: string, from: string, to: string, body: string, functions = ''): Kernel {
  return {
    name,
    code: `
@group(0) @binding(0) var<storage, read> settings: array<u32>;
@group(0) @binding(1) var<storage, read> x: array<${from}>;
@group(0) @binding(2) var<storage, read_write> result: array<${to}>;
${functions}
@compute @workgroup_size(${GROUP})
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * ${GROUP}u + id.x;
  if (i >= settings[0]) { return; }
  let count = settings[1];
  ${body}
}`,
  };
}

// Rounds to nearest, ties to even; what is too large becomes infinite.
const HALF = `
fn half(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size >= 0x38800000u) { return sign | ((size - 0x38000000u + 0xfffu + ((size >> 13u) & 1u)) >> 13u); }
  if (size <= 0x33000000u) { return sign; }
  let shift = 126u - (size >> 23u);
  let mantissa = (size & 0x7fffffu) | 0x800000u;
  return sign | ((mantissa + (1u << (shift - 1u)) - 1u + ((mantissa >> shift) & 1u)) >> shift);
}
fn packed(i: u32, count: u32) -> u32 { if (i < count) { return half(x[i]); } return 0u; }`;

const BYTE = (value: string): string =>
  `fn packed(i: u32, count: u32) -> u32 { if (i < count) { return ${value}; } return 0u; }`;

const BYTES =
  'result[i] = packed(4u*i, count) | (packed(4u*i + 1u, count) << 8u) | (packed(4u*i + 2u, count) << 16u) | (packed(4u*i + 3u, count) << 24u);';

/** From float32. Settings: words of the result, count of numbers. @internal */
export const PACK: Readonly<Record<PackedType, Kernel>> = {
  float16: kernel(
    'to float16',
    'f32',
    'u32',
    'result[i] = packed(2u*i, count) | (packed(2u*i + 1u, count) << 16u);',
    HALF,
  ),
  int32: kernel('to int32', 'f32', 'i32', 'if (i < count) { result[i] = i32(round(x[i])); }'),
  // Beyond 32 bits a float32 holds no number that ports of this type are fed.
  int64: kernel(
    'to int64',
    'f32',
    'i32',
    'if (i < 2u*count) { let value = i32(round(x[i / 2u])); result[i] = select(value, value >> 31u, i % 2u == 1u); }',
  ),
  bool: kernel('to bool', 'f32', 'u32', BYTES, BYTE('select(1u, 0u, x[i] == 0.0)')),
  uint8: kernel('to uint8', 'f32', 'u32', BYTES, BYTE('u32(round(x[i]))')),
};

/** To float32. Settings: count of numbers, again. @internal */
export const UNPACK: Readonly<Record<PackedType, Kernel>> = {
  float16: kernel(
    'from float16',
    'u32',
    'f32',
    'if (i < count) { let pair = unpack2x16float(x[i / 2u]); result[i] = select(pair.x, pair.y, i % 2u == 1u); }',
  ),
  int32: kernel('from int32', 'i32', 'f32', 'if (i < count) { result[i] = f32(x[i]); }'),
  int64: kernel('from int64', 'i32', 'f32', 'if (i < count) { result[i] = f32(x[2u * i]); }'),
  bool: kernel('from bool', 'u32', 'f32', 'if (i < count) { result[i] = f32((x[i / 4u] >> (8u * (i % 4u))) & 255u); }'),
  uint8: kernel(
    'from uint8',
    'u32',
    'f32',
    'if (i < count) { result[i] = f32((x[i / 4u] >> (8u * (i % 4u))) & 255u); }',
  ),
};
