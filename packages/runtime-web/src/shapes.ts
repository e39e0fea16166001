import type { Tensor } from '@sega/guidance';

/** Numbers of one item of a batch. @internal */
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
