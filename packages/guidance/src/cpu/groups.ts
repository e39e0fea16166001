import { channelAxis, type Layout } from '../layout.js';

/**
 * Where the values sharing one threshold lie in each item: `count` groups, group g made of `blocks` runs of `length`
 * values that begin at g·`length`, one every count·`length`.
 *
 * @category Runtime
 */
export interface Groups {
  readonly count: number;
  readonly blocks: number;
  readonly length: number;
}

/** The channels or codes of one item, or all of it as one group. @category Runtime */
export function groupsOf(shape: readonly number[], layout: Layout, byChannel: boolean): Groups {
  const product = (extents: readonly number[]): number => extents.reduce((total, extent) => total * extent, 1);
  const channel = byChannel ? channelAxis(layout) : -1;
  if (channel < 0) return { count: 1, blocks: 1, length: product(shape.slice(1)) };
  return {
    count: shape[channel]!,
    blocks: product(shape.slice(1, channel)),
    length: product(shape.slice(channel + 1)),
  };
}

/** Copies one strided group into the front of `target`. @internal */
export function gather(target: Float32Array, x: Float32Array, start: number, groups: Groups): void {
  const { count, blocks, length } = groups;
  for (let block = 0; block < blocks; block++) {
    const from = start + block * count * length;
    for (let i = 0; i < length; i++) target[block * length + i] = x[from + i]!;
  }
}

/** The way back: the front of `x` into one strided group of `target`. @internal */
export function scatter(target: Float32Array, x: Float32Array, start: number, groups: Groups): void {
  const { count, blocks, length } = groups;
  for (let block = 0; block < blocks; block++) {
    const to = start + block * count * length;
    for (let i = 0; i < length; i++) target[to + i] = x[block * length + i]!;
  }
}
