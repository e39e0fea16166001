import type { Trace } from '@sega/guidance';
import { describe, expect, it } from 'vitest';
import { joinTraces, traceOf } from '../src/trace-file.js';

const trace = (seeds: readonly number[]): Trace => ({
  space: 'epsilon',
  layout: ['batch', 'channel', 'height', 'width'],
  shape: [seeds.length, 1, 1, 2],
  seeds,
  sampler: 'ddim',
  stage: 'base',
  gammas: [0, 1, 2].map((step) => Float32Array.from(seeds.flatMap((seed) => [seed, step]))),
});

describe('recordings of several pictures', () => {
  it('batches join into one recording', () => {
    expect(joinTraces([trace([5, 6]), trace([7])])).toEqual(trace([5, 6, 7]));
  });

  it('each picture takes what was recorded with its seed', () => {
    expect(traceOf(trace([5, 6, 7]), [6])).toEqual(trace([6]));
    expect(traceOf(trace([5, 6, 7]), [7, 5])).toEqual(trace([7, 5]));
  });

  it('a recording of one picture serves any seed', () => {
    expect(traceOf(trace([5]), [8, 9])).toEqual(trace([5]));
  });

  it('a seed that was not recorded is a TRACE_MISMATCH', () => {
    expect(() => traceOf(trace([5, 6]), [6, 7])).toThrow(expect.objectContaining({ code: 'TRACE_MISMATCH' }));
  });
});
