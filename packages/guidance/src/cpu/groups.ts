import { channelAxis, type Layout } from '../layout.js';
import { sizeOf } from '../shape.js';

/**
 * Where the values sharing one threshold lie in each item: `count` groups, group g made of `blocks` runs of `length`
 * values that begin at g·`length`, one every count·`length`.
 *
 * @internal
 */
export interface Groups {
  readonly count: number;
  readonly blocks: number;
  readonly length: number;
}

/** The channels of one item, or all of it as one group. @internal */
export function groupsOf(shape: readonly number[], layout: Layout, byChannel: boolean): Groups {
  const channel = byChannel ? channelAxis(layout) : -1;
  if (channel < 0) return { count: 1, blocks: 1, length: sizeOf(shape.slice(1)) };
  return {
    count: shape[channel]!,
    blocks: sizeOf(shape.slice(1, channel)),
    length: sizeOf(shape.slice(channel + 1)),
  };
}

/** Calls back for every value of the strided group at `start` with its place among the group's and in the item. @internal */
export function visitGroup(
  start: number,
  { count, blocks, length }: Groups,
  use: (inGroup: number, inItem: number) => void,
): void {
  for (let i = 0; i < blocks * length; i++) use(i, start + Math.floor(i / length) * count * length + (i % length));
}
