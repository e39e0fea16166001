import type { Momentum, Steps } from '@sega/guidance';

/** A concept to steer toward or away from, with its settings, as data. @category Jobs */
export interface ConceptData {
  readonly text: string;
  readonly away?: boolean;
  readonly scale: number;
  readonly threshold: number;
  /** Left out: a fifth of the steps. */
  readonly warmup?: number;
}

/** A safety preset. @category Jobs */
export interface SafetyData {
  readonly preset: string;
  /** What the preset is at present, so that its pictures are told from those of what it was before. */
  readonly data?: unknown;
}

/** How a picture is steered beside its prompt, as data. @category Jobs */
export type MethodData =
  | { readonly kind: 'semantic'; readonly concepts: readonly ConceptData[] }
  | { readonly kind: 'composable'; readonly terms: readonly { readonly text: string; readonly weight: number }[] }
  | { readonly kind: 'negative'; readonly text: string }
  | ({ readonly kind: 'safe' } & SafetyData)
  /** The concept vector of the same seed under another prompt, recorded and added to this one. */
  | { readonly kind: 'replay'; readonly prompt: string; readonly concepts: readonly ConceptData[] };

/** One picture to draw: pure data, the same wherever it is drawn. @category Jobs */
export interface PictureJob {
  readonly prompt: string;
  readonly seed: number;
  /** Left out: the prompt alone. */
  readonly method?: MethodData;
  /** Classifier-free guidance scale. Left out: that of the settings. */
  readonly scale?: number;
}

/** What all pictures of an evaluation share. @category Jobs */
export interface DrawSettings {
  /** Classifier-free guidance scale of the steered stage. */
  readonly scale: number;
  /** Of every stage; left out: the model's. */
  readonly steps?: Steps;
  /** Of concepts; none at scale 0. */
  readonly momentum: Momentum;
  /** Settings of a concept that names none. */
  readonly concept: { readonly scale: number; readonly threshold: number; readonly warmup?: number };
  /** Threads a network may use: more may change the last bits, so they are part of what a picture is drawn from. */
  readonly threads: number;
}

/** Which model a picture is of: where it is found, and what was found there. @category Jobs */
export interface ModelIdentity {
  /** As asked for: a known name, a folder, or an npm package. */
  readonly source: string;
  readonly family: string;
  readonly name: string;
  readonly version: string;
  /** Of the checksums of its files. */
  readonly sha256: string;
}
