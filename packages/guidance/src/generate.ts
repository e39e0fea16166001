import type { Guidance } from './guidance.js';
import type { Image } from './image.js';
import type { Model } from './model.js';
import { Run } from './run.js';

/**
 * Settings of one call to {@link generate}.
 *
 * @category Generate
 */
export interface GenerateOptions {
  /** One method or a chain of them, for every stage. Default: `scale` with the model's own scale. */
  readonly guidance?: Guidance | readonly Guidance[];
  /** Network evaluations asked of the sampler, 1 to 1000. Default: the model's. */
  readonly steps?: number;
  /** Seed of the first picture, a whole number from 0 to 2⁵³ − 1; the following pictures count up from it. Default 0. */
  readonly seed?: number;
  /** Pictures for each prompt, in one batch. Default 1. */
  readonly images?: number;
  /** Pixels. Default: the model's. */
  readonly width?: number;
  /** Pixels. Default: the model's. */
  readonly height?: number;
  /** Sampler by name. Default: the bundle's. */
  readonly sampler?: string;
  /** Stops the run between two steps with an `ABORTED` error. */
  readonly signal?: AbortSignal;
}

/**
 * What a run gives.
 *
 * @category Generate
 */
export interface GenerateResult {
  /** For each prompt, its pictures in the order of their seeds. */
  readonly images: readonly Image[];
  readonly seeds: readonly number[];
  /** Network rows evaluated, by stage and branch: one row is one picture on one branch. */
  readonly evaluations: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Milliseconds of each phase; `session` is the part of `denoise` spent inside the network. */
  readonly milliseconds: {
    readonly encode: number;
    readonly denoise: number;
    readonly session: number;
    readonly decode: number;
    readonly total: number;
  };
  /** What could not be honoured exactly but did no harm. */
  readonly warnings: readonly string[];
}

/**
 * Pictures from a prompt, steered: text → conditions → step loop → pictures.
 *
 * @param prompt - One text, or one for each picture of the batch.
 * @throws GuidanceError before the first step when an option cannot be honoured.
 *
 * @example
 * const { images } = await generate(model, 'a portrait of a king', {
 *   guidance: [scale(7.5), semantic([away('male'), toward('female')])],
 *   seed: 21,
 * });
 * @category Generate
 */
export async function generate(
  model: Model,
  prompt: string | readonly string[],
  options: GenerateOptions = {},
): Promise<GenerateResult> {
  return new Run(model, prompt, options).result();
}
