import { LOGITS } from './logits.wasm.js';
import { type Exports, instantiate } from './module.js';

/** What logits.as exports; strides are in bytes. Both return the first position whose pivot is too small, if any. @internal */
export interface LogitsModule extends Exports {
  /** exponentials[p] += Σ exp((x − pivots[p])·sharpness). */
  addExponentials(
    x: number,
    rows: number,
    stride: number,
    sums: number,
    width: number,
    sharpness: number,
    from: number,
    count: number,
  ): number;
  /** The same with sharpness 1, and with d = x − origin − centres[p]: firsts[p] += Σ d, seconds[p] += Σ d². */
  addMoments(
    x: number,
    origin: number,
    rows: number,
    stride: number,
    sums: number,
    width: number,
    from: number,
    count: number,
  ): number;
}

/** @internal */
export function logitsModule(): LogitsModule | undefined {
  return instantiate<LogitsModule>(LOGITS);
}
