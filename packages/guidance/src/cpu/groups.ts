import { channelAxis, type Layout } from '../layout.js';
import { sizeOf } from '../shape.js';

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
  const channel = byChannel ? channelAxis(layout) : -1;
  if (channel < 0) return { count: 1, blocks: 1, length: sizeOf(shape.slice(1)) };
  return {
    count: shape[channel]!,
    blocks: sizeOf(shape.slice(1, channel)),
    length: sizeOf(shape.slice(channel + 1)),
  };
}

/** Calls back with every index of an item, the place it has in its group, and the group. @internal */
export function visitGroups(
  { count, blocks, length }: Groups,
  start: number,
  use: (i: number, place: number, group: number) => void,
): void {
  for (let row = 0; row < blocks * count; row++) {
    const group = row % count;
    const place = ((row - group) / count) * length;
    for (let j = 0; j < length; j++) use(start + row * length + j, place + j, group);
  }
}
