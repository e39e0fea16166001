import type { Applied, Guidance } from './guidance.js';
import type { Image } from './image.js';
import type { Model } from './model.js';
import { Run } from './run.js';
import type { Steps } from './sampler.js';

/** One setting for all stages but auxiliary ones, or one for each by its name. @category Generate */
export type ByStage<T> = T | Readonly<Record<string, T>>;

/**
 * Settings of one call to {@link generate}.
 *
 * @category Generate
 */
export interface GenerateOptions {
  /**
   * One method or a chain of them, for the stages in `stages`; or those of each stage by its name. A stage without
   * guidance takes `scale` with its own default, in the share of the steps the model recommends.
   */
  readonly guidance?: ByStage<Guidance | readonly Guidance[]>;
  /** Names of the stages `guidance` is for. Default: the first that is not auxiliary, or those it names. */
  readonly stages?: readonly string[];
  /** Network evaluations, timesteps from high to low, or the name of such a list; for every stage or by name. Default: the model's. */
  readonly steps?: ByStage<Steps>;
  /** Seed of the first picture, a whole number from 0 to 2⁵³ − 1; the following pictures count up from it. Default 0. */
  readonly seed?: number;
  /** Pictures for each prompt, in one batch. Default 1. */
  readonly images?: number;
  /** Pixels of the finished picture. Default: the model's. */
  readonly width?: number;
  /** Pixels of the finished picture. Default: the model's. */
  readonly height?: number;
  /** Sampler by name, for every stage or by the stage's name. Default: the bundle's. */
  readonly sampler?: ByStage<string>;
  /** Starts at a later stage, from one picture for each of the batch, of the size the stage before makes; that one may not be auxiliary. */
  readonly from?: { readonly stage: string; readonly images: readonly Image[] };
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
  /** The pictures every stage ended with, by its name; those of the last are `images`; none for an auxiliary stage. */
  readonly stageImages: Readonly<Record<string, readonly Image[]>>;
  /** One for each picture, in the order of `images`. */
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
  /** What methods say they did, such as the safety that was in force; most say nothing. */
  readonly applied: readonly Applied[];
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
