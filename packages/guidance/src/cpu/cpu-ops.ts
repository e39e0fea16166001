import type { Layout, Mask } from '../layout.js';
import { checkSameShape, sizeOf } from '../shape.js';
import type { Coefficient, ElementFunction, Tail, Tensor, TensorOps, Term } from '../tensor.js';
import { CpuTensor } from './cpu-tensor.js';
import { type Groups, groupsOf, visitGroups } from './groups.js';
import { type CpuKernels, referenceKernels } from './kernels.js';
import { deviation, dot, quantile } from './reductions.js';
import { resize } from './resize.js';
import { TensorPool } from './tensor-pool.js';

/**
 * Tensor arithmetic on Float32Array: the reference that defines the numbers, and what the CPU runtimes use.
 *
 * @param kernels - Faster inner loops, such as those of `@sega/guidance/simd`.
 *
 * @example
 * const ops = cpuOps();
 * const x = ops.fromArray(Float32Array.of(1, 2), [1, 2]);
 * const y = ops.sum([[2, x]]) as CpuTensor; // y.data is [2, 4]
 * ops.dispose();
 * @category Tensors
 */
export function cpuOps(kernels: CpuKernels = referenceKernels): TensorOps {
  return new CpuOps(kernels);
}

class CpuOps implements TensorOps {
  readonly #kernels: CpuKernels;
  readonly #pool: TensorPool = new TensorPool();

  constructor(kernels: CpuKernels) {
    this.#kernels = kernels;
  }

  fromArray(data: Float32Array, shape: readonly number[]): CpuTensor {
    const out = this.#pool.make(shape);
    out.data.set(new CpuTensor(shape, data).data);
    return out;
  }

  sum(terms: readonly Term[]): CpuTensor {
    return this.#sumInto(this.#pool.make(terms[0]![1].shape), terms);
  }

  #sumInto(out: CpuTensor, terms: readonly Term[]): CpuTensor {
    const like = terms[0]![1];
    const factors = terms.map((term) => term[0]);
    const xs = terms.map((term) => {
      checkSameShape(term[1], like);
      return dataOf(term[1]);
    });
    const size = factors.every((factor) => typeof factor === 'number') ? out.data.length : itemSize(like);
    for (let start = 0; start < out.data.length; start += size) {
      const own = factors.map((factor) => at(factor, start / size));
      this.#kernels.sum(out.data, xs, own, start, size);
    }
    return out;
  }

  multiply(a: Tensor, b: Tensor): CpuTensor {
    checkSameShape(b, a);
    const y = dataOf(b);
    return this.#map(a, (value, i) => value * y[i]!);
  }

  map(x: Tensor, apply: ElementFunction): CpuTensor {
    return this.#map(x, apply === 'reciprocal' ? (value) => 1 / value : Math[apply]);
  }

  clamp(x: Tensor, low: number | Tensor, high: number | Tensor): CpuTensor {
    const size = itemSize(x);
    return this.#map(x, (value, i) => {
      const item = Math.floor(i / size);
      return Math.min(Math.max(value, at(low, item)), at(high, item));
    });
  }

  keepBelow(x: Tensor, test: Tensor, bound: number): CpuTensor {
    checkSameShape(test, x);
    const tested = dataOf(test);
    return this.#map(x, (value, i) => (tested[i]! < bound ? value : 0));
  }

  sumTails(tails: readonly Tail[], origin: Tensor, mask: Mask, layout: Layout, terms: readonly Term[] = []): CpuTensor {
    for (const tail of tails) checkSameShape(tail.of, origin);
    const out = this.#pool.make(origin.shape);
    const groups = groupsOf(origin.shape, layout, mask === 'element' || mask === 'token');
    forItems(origin, (item) => {
      const heard = tails.filter((tail) => at(tail.scale, item) !== 0 && at(tail.weight, item) !== 0);
      const settings = [
        heard.map((tail) => at(tail.scale, item)),
        heard.map((tail) => (mask === 'none' ? 0 : at(tail.threshold, item))),
        heard.map((tail) => at(tail.weight, item)),
      ] as const;
      const xs = heard.map((tail) => dataOf(tail.of));
      const start = item * itemSize(origin);
      if (mask === 'token') {
        const isLogits = layout.includes('code');
        return this.#kernels.sumTokenTails(out.data, dataOf(origin), xs, ...settings, start, groups, isLogits);
      }
      if (groups.blocks > 1) return this.#sumStridedTails(out.data, dataOf(origin), xs, settings, start, groups);
      this.#kernels.sumTails(out.data, dataOf(origin), xs, ...settings, start, groups.length, groups.count);
    });
    return terms.length ? this.#sumInto(out, [...terms, [1, out]]) : out;
  }

  #sumStridedTails(
    out: Float32Array,
    origin: Float32Array,
    xs: readonly Float32Array[],
    settings: readonly [readonly number[], readonly number[], readonly number[]],
    start: number,
    groups: Groups,
  ): void {
    const size = groups.blocks * groups.length;
    const [sum, ...gathered] = [out, origin, ...xs].map((x) => {
      const { data } = this.#pool.make([size * groups.count]);
      visitGroups(groups, start, (i, place, group) => {
        data[group * size + place] = x[i]!;
      });
      return data;
    });
    this.#kernels.sumTails(sum!, gathered[0]!, gathered.slice(1), ...settings, 0, size, groups.count);
    visitGroups(groups, start, (i, place, group) => {
      out[i] = sum![group * size + place]!;
    });
  }

  argmax(logits: Tensor): CpuTensor {
    return this.#codes(logits);
  }

  categorical(logits: Tensor, temperature: number, uniform: Tensor): CpuTensor {
    return this.#codes(logits, temperature, dataOf(uniform));
  }

  #codes(logits: Tensor, temperature = 1, uniform?: Float32Array): CpuTensor {
    const [items, codes, ...plane] = logits.shape;
    const out = this.#pool.make([items!, ...plane]);
    this.#kernels.drawCodes(out.data, dataOf(logits), codes!, sizeOf(plane), temperature, uniform);
    return out;
  }

  dot(a: Tensor, b: Tensor): CpuTensor {
    checkSameShape(b, a);
    return this.#reduce(a, (x, start, end) => dot(x, dataOf(b), start, end));
  }

  deviation(x: Tensor): CpuTensor {
    return this.#reduce(x, deviation);
  }

  quantile(x: Tensor, q: number): CpuTensor {
    return this.#reduce(x, (data, start, end) => quantile(data, q, start, end));
  }

  concat(parts: readonly Tensor[], axis: 0 | 1 = 0): CpuTensor {
    const shape = [...parts[0]!.shape];
    shape[axis] = parts.reduce((total, part) => total + part.shape[axis]!, 0);
    const out = this.#pool.make(shape);
    const runs = axis ? shape[0]! : 1;
    let offset = 0;
    for (let run = 0; run < runs; run++) {
      for (const part of parts) {
        const length = sizeOf(part.shape) / runs;
        out.data.set(dataOf(part).subarray(run * length, (run + 1) * length), offset);
        offset += length;
      }
    }
    return out;
  }

  slice(x: Tensor, start: number, end: number): CpuTensor {
    const size = itemSize(x);
    const out = this.#pool.make([end - start, ...x.shape.slice(1)]);
    out.data.set(dataOf(x).subarray(start * size, end * size));
    return out;
  }

  channels(x: Tensor, start: number, end: number): CpuTensor {
    const [items, channels, ...rest] = x.shape as [number, number, ...number[]];
    const plane = sizeOf(rest);
    const out = this.#pool.make([items, end - start, ...rest]);
    const data = dataOf(x);
    for (let item = 0; item < items; item++) {
      const from = item * channels * plane;
      out.data.set(data.subarray(from + start * plane, from + end * plane), item * (end - start) * plane);
    }
    return out;
  }

  resize(x: Tensor, height: number, width: number): CpuTensor {
    const out = this.#pool.make([...x.shape.slice(0, 2), height, width]);
    resize(out.data, dataOf(x), x.shape, height, width);
    return out;
  }

  keep(x: Tensor): Tensor {
    this.#pool.keep(x);
    return x;
  }

  release(x: Tensor): void {
    this.#pool.release(x);
  }

  endStep(): void {
    this.#pool.endStep();
  }

  dispose(): void {
    this.#pool.dispose();
  }

  #map(x: Tensor, apply: (value: number, i: number) => number): CpuTensor {
    const out = this.#pool.make(x.shape);
    const from = dataOf(x);
    const to = out.data;
    for (let i = 0; i < to.length; i++) to[i] = apply(from[i]!, i);
    return out;
  }

  #reduce(x: Tensor, apply: (data: Float32Array, start: number, end: number) => number): CpuTensor {
    const out = this.#pool.make([x.shape[0]!]);
    const size = itemSize(x);
    const data = dataOf(x);
    forItems(x, (item) => {
      out.data[item] = apply(data, item * size, (item + 1) * size);
    });
    return out;
  }
}

function dataOf(x: Tensor): Float32Array {
  return (x as CpuTensor).data;
}

function at(factor: Coefficient | Tensor, item: number): number {
  if (typeof factor === 'number') return factor;
  return ('shape' in factor ? dataOf(factor) : factor)[item] ?? Number.NaN;
}

function itemSize(x: Tensor): number {
  return dataOf(x).length / x.shape[0]!;
}

function forItems(x: Tensor, visit: (item: number) => void): void {
  for (let item = 0; item < x.shape[0]!; item++) visit(item);
}
