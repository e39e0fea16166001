// Views of one word: a float32's bits without allocation.
const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

/** Bits of every half as float32: 256 kB, filled at first use. */
let halves: Uint32Array | undefined;

/**
 * Half-precision bit patterns of float32 numbers, rounded to nearest, ties to even. Overflow gives infinity, underflow
 * subnormals and then zero; NaN stays NaN.
 *
 * @internal
 */
export function toFloat16(values: ArrayLike<number>): Uint16Array {
  const halves = new Uint16Array(values.length);
  for (let i = 0; i < halves.length; i++) {
    word[0] = values[i]!;
    const bits = wordBits[0]!;
    halves[i] = ((bits >>> 16) & 0x8000) | magnitude(bits & 0x7fffffff);
  }
  return halves;
}

function magnitude(bits: number): number {
  if (bits > 0x7f800000) return 0x7e00;
  // 65520 and above round to infinity.
  if (bits >= 0x477ff000) return 0x7c00;
  // From 2⁻¹⁴ on: move the exponent's bias from 127 to 15; a carry out of the mantissa is the right exponent.
  if (bits >= 0x38800000) return (bits - 0x38000000 + 0xfff + ((bits >>> 13) & 1)) >>> 13;
  // Up to 2⁻²⁵ is nearer to zero than to the smallest subnormal, or the even one of a tie.
  if (bits <= 0x33000000) return 0;
  const shift = 126 - (bits >>> 23);
  const mantissa = (bits & 0x7fffff) | 0x800000;
  return (mantissa + (1 << (shift - 1)) - 1 + ((mantissa >>> shift) & 1)) >>> shift;
}

/** Float32 numbers of half-precision bit patterns, exactly. @internal */
export function fromFloat16(values: Uint16Array): Float32Array {
  halves ??= Uint32Array.from({ length: 0x10000 }, (_, half) => float32Bits(half));
  const bits = new Uint32Array(values.length);
  for (let i = 0; i < bits.length; i++) bits[i] = halves[values[i]!]!;
  return new Float32Array(bits.buffer);
}

function float32Bits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return sign | 0x7f800000 | (mantissa << 13);
  if (exponent !== 0) return sign | ((exponent + 112) << 23) | (mantissa << 13);
  word[0] = mantissa * 2 ** -24;
  return sign | wordBits[0]!;
}
