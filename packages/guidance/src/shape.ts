import { GuidanceError } from './errors.js';
import type { Tensor } from './tensor.js';

/** How many numbers a tensor of a shape holds. @category Runtime */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Numbers fill a tensor of a shape exactly. @throws PREDICTION_SHAPE @category Runtime */
export function checkSize(shape: readonly number[], { length }: Float32Array): void {
  const size = sizeOf(shape);
  if (length === size) return;
  throw new GuidanceError(
    'PREDICTION_SHAPE',
    `A tensor of shape [${shape}] holds ${size} numbers but got ${length}. Pass the shape the data has.`,
    { shape, expected: size, received: length },
  );
}

/** Extents are the same, axis by axis. @category Runtime */
export function isSameShape(a: readonly number[], b: readonly number[]): boolean {
  return a === b || (a.length === b.length && a.every((extent, axis) => extent === b[axis]));
}

/** Two tensors have one shape, as arithmetic element by element needs. @throws PREDICTION_SHAPE @category Runtime */
export function checkSameShape(x: Tensor, like: Tensor): void {
  if (isSameShape(x.shape, like.shape)) return;
  throw new GuidanceError(
    'PREDICTION_SHAPE',
    `Tensors of shape [${x.shape}] and [${like.shape}] were combined element by element; both must have one shape.`,
    { received: x.shape, expected: like.shape },
  );
}
