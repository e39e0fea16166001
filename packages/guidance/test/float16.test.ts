import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fromFloat16, toFloat16 } from '../src/runtime-kit/float16.js';

/** A half's value by its definition. */
function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 0x1f) return mantissa ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
}

const all = Uint16Array.from({ length: 0x10000 }, (_, half) => half);
const finite = [...all].filter((half) => half < 0x7c00);

describe('float16', () => {
  it('reads all 65,536 halves exactly', () => {
    const values = fromFloat16(all);
    const wrong = [...all].filter((half) => !Object.is(values[half], halfValue(half)));
    expect(wrong).toEqual([]);
  });

  it('writes every half it read back bit for bit, NaN as NaN', () => {
    const halves = toFloat16(fromFloat16(all));
    const wrong = [...all].filter((half) =>
      Number.isNaN(halfValue(half)) ? !Number.isNaN(halfValue(halves[half]!)) : halves[half] !== half,
    );
    expect(wrong).toEqual([]);
  });

  it('rounds what lies halfway between two halves to the even one', () => {
    const halfway = finite.slice(0, -1).map((half) => (halfValue(half) + halfValue(half + 1)) / 2);
    const even = finite.slice(0, -1).map((half) => (half % 2 === 0 ? half : half + 1));
    expect([...toFloat16(halfway)]).toEqual(even);
  });

  it('rounds what lies just beside halfway to the nearer one', () => {
    const near = (direction: 1 | -1): number[] =>
      finite.slice(0, -1).map((half) => {
        const bits = new Uint32Array(Float32Array.of((halfValue(half) + halfValue(half + 1)) / 2).buffer);
        bits[0] = bits[0]! + direction;
        return new Float32Array(bits.buffer)[0]!;
      });
    expect([...toFloat16(near(1))]).toEqual(finite.slice(1));
    expect([...toFloat16(near(-1))]).toEqual(finite.slice(0, -1));
  });

  it('overflows from 65520 on and not before', () => {
    expect([...toFloat16([65519.996, 65520, -65520, 1e10, Number.POSITIVE_INFINITY])]).toEqual([
      0x7bff, 0x7c00, 0xfc00, 0x7c00, 0x7c00,
    ]);
  });

  it('is odd and never further off than half a step', () => {
    fc.assert(
      fc.property(fc.float({ noNaN: true, min: -65504, max: 65504 }), (value) => {
        const [half, negated] = toFloat16([value, -value]);
        expect(negated).toBe(half! ^ 0x8000);
        const step = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1e-9)) - 10));
        expect(Math.abs(halfValue(half!) - value)).toBeLessThanOrEqual(step / 2);
      }),
    );
  });
});
