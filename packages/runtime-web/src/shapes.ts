import { GuidanceError, type Layout, type Tensor } from '@sega/guidance';

/** @throws PREDICTION_SHAPE @internal */
export function checkSameShape({ shape }: Tensor, like: Tensor): void {
  if (shape.length === like.shape.length && shape.every((extent, axis) => extent === like.shape[axis])) return;
  throw new GuidanceError(
    'PREDICTION_SHAPE',
    `Tensors of shape [${shape}] and [${like.shape}] were combined element by element; both must have one shape.`,
    { received: shape, expected: like.shape },
  );
}

/** @internal */
export function itemSize({ shape }: Tensor): number {
  return shape.slice(1).reduce((product, extent) => product * extent, 1);
}

/** The shape of logits [items, codes, …] without the codes. @internal */
export function withoutCodes({ shape }: Tensor): readonly number[] {
  return [shape[0]!, ...shape.slice(2)];
}

/** The shape of tensors joined along an axis. @internal */
export function joinedShape(parts: readonly Tensor[], axis: 0 | 1): readonly number[] {
  const shape = [...parts[0]!.shape];
  shape[axis] = parts.reduce((total, part) => total + part.shape[axis]!, 0);
  return shape;
}

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

/** The channels or codes of one item, or all of it as one group. @internal */
export function groupsOf(shape: readonly number[], layout: Layout, byChannel: boolean): Groups {
  const product = (extents: readonly number[]): number => extents.reduce((total, extent) => total * extent, 1);
  const channel = byChannel ? layout.findIndex((axis) => axis === 'channel' || axis === 'code') : -1;
  if (channel < 0) return { count: 1, blocks: 1, length: product(shape.slice(1)) };
  return {
    count: shape[channel]!,
    blocks: product(shape.slice(1, channel)),
    length: product(shape.slice(channel + 1)),
  };
}
