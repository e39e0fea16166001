import {
  type Branch,
  type CpuTensor,
  cpuOps,
  Direction,
  type LateTensor,
  Predictions,
  type Term,
} from '@sega/guidance';
import { describe, expect, it } from 'vitest';

const ops = cpuOps();
const tensor = (...values: number[]): CpuTensor =>
  ops.fromArray(Float32Array.from(values), [1, values.length]) as CpuTensor;
const values: Record<string, CpuTensor> = {
  unconditional: tensor(0.1, 0.2),
  prompt: tensor(0.7, -0.3),
  'negative:bad': tensor(5, 6),
};
const predictions = new Predictions(
  new Map(Object.entries(values).map(([branch, value]) => [branch as Branch, { value }])),
);
const numbers = (direction: Direction): Float32Array => (direction.evaluate(predictions, ops) as CpuTensor).data;

describe('Direction', () => {
  it('starts as prompt − unconditional and estimates the prompt’s prediction without computing', () => {
    expect(Direction.start.branches).toEqual(['prompt', 'unconditional']);
    expect(Direction.start.estimate(predictions, ops)).toBe(values.prompt);
    expect(Direction.zero.estimate(predictions, ops)).toBe(values.unconditional);
  });

  it('merges equal terms and drops those that vanish', () => {
    const direction = Direction.start.times(2).plus(Direction.start, -1).plus('prompt', -1);
    expect(direction.branches).toEqual(['unconditional']);
    expect(direction.plus('unconditional').isZero).toBe(true);
    expect(Direction.start.times([0, 0]).isZero).toBe(true);
  });

  it('adds tensors and per-picture factors', () => {
    expect(numbers(Direction.zero.plus(tensor(1, 2), [3]))).toEqual(Float32Array.of(3, 6));
    expect(numbers(Direction.zero)).toEqual(Float32Array.of(0, 0));
  });

  it('hands what it adds up to to a summand that comes last and computes itself', () => {
    const given: (readonly Term[])[] = [];
    const late: LateTensor = (terms) => {
      given.push(terms);
      return ops.sum([...terms, [1, tensor(10, 20)]]);
    };
    const sum = (a: number, b: number): Float32Array => Float32Array.of(a, b);
    expect(numbers(Direction.zero.plus('prompt', 2).plus(late))).toEqual(sum(11.4, 19.4));
    expect(given.pop()).toEqual([[2, values.prompt]]);
    expect(numbers(Direction.zero.plus(late).plus(tensor(1, 2)))).toEqual(sum(11, 22));
    expect(numbers(Direction.zero.plus(tensor(1, 2)).plus(late).times(2))).toEqual(sum(22, 44));
    expect(given).toEqual([[], []]);
    expect(Direction.start.plus(late).plus(late, -1).branches).toEqual(Direction.start.branches);
    expect(Direction.zero.plus(late).plus(late, -1).isZero).toBe(true);
  });

  it('reads a renamed branch from another, or from a tensor', () => {
    const renamed = Direction.start.renamed('unconditional', 'negative:bad');
    expect(renamed.branches).toEqual(['prompt', 'negative:bad']);
    expect(Direction.start.renamed('prompt', 'unconditional').isZero).toBe(true);
    const replaced = Direction.start.renamed('prompt', tensor(1, 1)).renamed('unconditional', tensor(3, 4));
    expect(numbers(replaced)).toEqual(Float32Array.of(-2, -3));
  });
});

describe('Predictions', () => {
  it('name the branch that was read without being asked for', () => {
    expect(() => predictions.value('concept:a')).toThrow(
      expect.objectContaining({
        code: 'BRANCH_NOT_PREDICTED',
        details: { branch: 'concept:a', predicted: ['unconditional', 'prompt', 'negative:bad'] },
      }),
    );
  });

  it('answer to an alias, which is absent where its source is', () => {
    expect(predictions.aliased('unconditional', 'negative:bad').value('unconditional')).toBe(values['negative:bad']);
    expect(predictions.aliased('unconditional', 'negative:other').branches).toEqual(['prompt', 'negative:bad']);
  });
});
