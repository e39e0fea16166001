import { away, chain, LOGITS_LAYOUT, type Mask, scale, semantic, toward } from '@sega/guidance';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Drive, estimates, wavesOf } from './drive.js';

const [CODES, SIDE] = [6, 16];
const POSITIONS = SIDE * SIDE;
const shape = [1, CODES, SIDE, SIDE];
const predict = wavesOf(shape);
const drive: Drive = { shape, steps: 2, space: 'logits', layout: LOGITS_LAYOUT, predict };

/** The last step's guided logits under one concept. */
async function guided(threshold: number, mask?: Mask, driven: Drive = drive): Promise<Float32Array> {
  const concepts = [toward('hat', { scale: 3, threshold, warmup: 0 })];
  return (await estimates(chain(scale(2), semantic(concepts, { ...(mask && { mask }) })), driven)).at(-1)!;
}

/** Positions at which any logit differs. */
function touched(a: Float32Array, b: Float32Array): number[] {
  return Array.from({ length: POSITIONS }, (_, p) => p).filter((p) =>
    Array.from({ length: CODES }, (_, code) => code * POSITIONS + p).some((i) => a[i] !== b[i]),
  );
}

function logSoftmax(logits: Float32Array, position: number): number[] {
  const column = Array.from({ length: CODES }, (_, code) => logits[code * POSITIONS + position]!);
  const sum = Math.log(column.reduce((total, value) => total + Math.exp(value), 0));
  return column.map((value) => value - sum);
}

describe('semantic on logits', () => {
  it('keeps whole positions, those where log-probabilities change most', async () => {
    const [plain] = [(await estimates(scale(2), drive)).at(-1)!];
    const changed = touched(await guided(0.9), plain);
    const step = { index: 1, count: 2, timestep: 0, alpha: 1, sigma: 1 };
    const [concept, base] = [predict('concept:hat', step), predict('unconditional', step)];
    const scores = Array.from({ length: POSITIONS }, (_, p) => {
      const [e, u] = [logSoftmax(concept, p), logSoftmax(base, p)];
      return Math.hypot(...e.map((value, code) => value - u[code]!));
    });
    const strongest = scores.map((score, p) => [score, p] as const).sort(([a], [b]) => b - a);
    expect(changed).toEqual(
      strongest
        .slice(0, changed.length)
        .map(([, p]) => p)
        .sort((a, b) => a - b),
    );
    const result = await guided(0.9);
    for (const p of changed.slice(0, 5)) {
      const [e, u] = [logSoftmax(concept, p), logSoftmax(base, p)];
      for (let code = 0; code < CODES; code++) {
        const i = code * POSITIONS + p;
        expect(result[i]! - plain[i]!).toBeCloseTo(3 * (e[code]! - u[code]!), 4);
      }
    }
  });

  it('leaves 90 % of the positions exactly the logits of plain guidance with λ = 0.9', async () => {
    const plain = (await estimates(scale(2), drive)).at(-1)!;
    expect(touched(await guided(0.9), plain)).toHaveLength(POSITIONS - Math.ceil(0.9 * (POSITIONS - 1)));
  });

  it('touches fewer positions the larger λ is, each within those before', async () => {
    const plain = (await estimates(scale(2), drive)).at(-1)!;
    let before = Array.from({ length: POSITIONS }, (_, p) => p);
    for (const threshold of [0, 0.25, 0.5, 0.8, 0.9, 0.95, 1]) {
      const now = touched(await guided(threshold), plain);
      expect(now.length).toBe(POSITIONS - Math.ceil(Math.fround(Math.fround(threshold) * (POSITIONS - 1))));
      expect(before).toEqual(expect.arrayContaining(now));
      before = now;
    }
  });

  it('has the same positions and differences whatever constants the logits of a position carry', async () => {
    const constants = fc.array(fc.integer({ min: -30, max: 30 }), { minLength: POSITIONS, maxLength: POSITIONS });
    const plain = (await estimates(scale(2), drive)).at(-1)!;
    const usual = await guided(0.8);
    await fc.assert(
      fc.asyncProperty(constants, async (shift) => {
        const shifted: Drive = {
          ...drive,
          predict: (branch, step) =>
            predict(branch, step).map((value, i) => value + (branch === 'concept:hat' ? shift[i % POSITIONS]! : 0)),
        };
        const result = await guided(0.8, undefined, shifted);
        expect(touched(result, plain)).toEqual(touched(usual, plain));
        result.forEach((value, i) => {
          expect(value).toBeCloseTo(usual[i]!, 3);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('compares single logits with the masks element and joint, and keeps all with none', async () => {
    const plain = (await estimates(scale(2), drive)).at(-1)!;
    const changes = async (mask: Mask, threshold: number): Promise<number[]> =>
      [...(await guided(threshold, mask))].map((value, i) => value - plain[i]!);
    const kept = (values: readonly number[]): number => values.filter((value) => value !== 0).length;
    const perCode = POSITIONS - Math.ceil(0.9 * (POSITIONS - 1));
    const element = await changes('element', 0.9);
    for (let code = 0; code < CODES; code++) {
      expect(kept(element.slice(code * POSITIONS, (code + 1) * POSITIONS))).toBe(perCode);
    }
    const total = CODES * POSITIONS;
    expect(kept(await changes('joint', 0.9))).toBe(total - Math.ceil(0.9 * (total - 1)));
    expect(kept(await changes('none', 0.9))).toBe(kept(await changes('element', 0)));
  });

  it('subtracts what it would add when the concept is reversed', async () => {
    const plain = (await estimates(scale(2), drive)).at(-1)!;
    const settings = { scale: 3, threshold: 0.8, warmup: 0 };
    const reversed = (await estimates(chain(scale(2), semantic([away('hat', settings)])), drive)).at(-1)!;
    const usual = await guided(0.8);
    reversed.forEach((value, i) => {
      expect(value - plain[i]!).toBeCloseTo(plain[i]! - usual[i]!, 4);
    });
  });
});

describe('semantic on pictures with the mask token', () => {
  it('keeps or drops all channels of a position together', async () => {
    const image: Drive = { ...drive, space: 'epsilon', layout: ['batch', 'channel', 'height', 'width'] };
    const plain = (await estimates(scale(2), image)).at(-1)!;
    const changed = touched(await guided(0.9, 'token', image), plain);
    expect(changed).toHaveLength(POSITIONS - Math.ceil(0.9 * (POSITIONS - 1)));
    const step = { index: 1, count: 2, timestep: 0, alpha: 1, sigma: 1 };
    const [concept, base] = [predict('concept:hat', step), predict('unconditional', step)];
    const norm = (p: number): number =>
      Math.hypot(...Array.from({ length: CODES }, (_, c) => concept[c * POSITIONS + p]! - base[c * POSITIONS + p]!));
    const weakest = Math.min(...changed.map(norm));
    const dropped = Array.from({ length: POSITIONS }, (_, p) => p).filter((p) => !changed.includes(p));
    expect(Math.max(...dropped.map(norm))).toBeLessThanOrEqual(weakest);
  });

  it('takes positions from the layout, wherever the channels lie', async () => {
    const last: Drive = {
      ...drive,
      shape: [1, SIDE, SIDE, CODES],
      layout: ['batch', 'height', 'width', 'code'],
      predict: (branch, step) => {
        const first = predict(branch, step);
        return first.map((_, i) => first[(i % CODES) * POSITIONS + Math.floor(i / CODES)]!);
      },
    };
    const turned = await guided(0.9, 'token', last);
    const usual = await guided(0.9, 'token');
    usual.forEach((value, i) => {
      expect(turned[(i % POSITIONS) * CODES + Math.floor(i / POSITIONS)]).toBe(value);
    });
  });
});
