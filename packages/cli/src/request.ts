import type { Mask, Steps } from '@sega/guidance';
import type { JudgeAction } from '@sega/safety';
import type { ConceptOption } from './concept-option.js';
import type { FairOption, RequestedFair } from './fair-option.js';
import type { RequestedSafety } from './safety-option.js';
import type { StageSetting } from './stage-option.js';

/** Reference implementations whose behaviour, errors included, can be asked for. @category Request */
export const COMPAT_MODES = ['diffusers'] as const;

/** One of {@link COMPAT_MODES}. @category Request */
export type CompatMode = (typeof COMPAT_MODES)[number];

/** What the concepts' thresholds may choose from. */
export const MASKS = ['element', 'joint', 'token', 'none'] as const satisfies readonly Mask[];

/** What was asked of a picture. Everything left out comes from the model. @internal */
export interface RequestOptions {
  readonly prompt?: string;
  /** A known name, a folder, or an npm package. */
  readonly model?: string;
  readonly concepts?: readonly ConceptOption[];
  readonly negative?: string;
  readonly scale?: StageSetting<number>;
  /** Share of the steps the scale acts in, the first ones. */
  readonly guided?: StageSetting<number>;
  /** The stages of a cascade that are steered. */
  readonly stages?: readonly string[];
  readonly momentum?: { readonly scale: number; readonly beta?: number };
  readonly mask?: Mask;
  readonly rescale?: number;
  readonly safety?: RequestedSafety;
  readonly fair?: FairOption;
  readonly compat?: CompatMode;
  /** A recording's file. */
  readonly replay?: string;
  readonly sampler?: StageSetting<string>;
  readonly steps?: StageSetting<Steps>;
  readonly seed?: number;
  readonly width?: number;
  readonly height?: number;
  readonly check?: JudgeAction;
}

/** A concept with every setting decided. @category Request */
export interface RequestedConcept {
  readonly direction: 'toward' | 'away';
  readonly text: string;
  readonly scale: number;
  readonly threshold: number;
  /** First step it acts at. Left out: a fifth of the steps. */
  readonly warmup?: number;
  /** First step it no longer acts at. Left out: it acts to the end. */
  readonly cooldown?: number;
  readonly weight: number;
}

/**
 * Everything one picture depends on, as its PNG carries it: enough to draw the same bytes again.
 *
 * @category Request
 */
export interface PictureRequest {
  /** Version of this format. */
  readonly format: 1;
  /** Version of `@sega/cli` that drew the picture. */
  readonly version: string;
  readonly model: {
    /** As asked for: a known name, a folder, or an npm package. */
    readonly source: string;
    readonly family: string;
    readonly name: string;
    readonly version?: string;
  };
  readonly prompt: string;
  readonly seed: number;
  readonly width: number;
  readonly height: number;
  /** In a cascade by stage, as steps and scale are. */
  readonly sampler: StageSetting<string>;
  readonly steps: StageSetting<Steps>;
  readonly scale: StageSetting<number>;
  /** Share of the steps the scale acts in, the first ones; left out where those are all. */
  readonly guided?: StageSetting<number>;
  /** The stages of a cascade that are steered; left out for a single stage. */
  readonly stages?: readonly string[];
  readonly concepts: readonly RequestedConcept[];
  readonly momentum?: { readonly scale: number; readonly beta: number };
  /** Left out: what suits the model, single values of a picture's channels or whole tokens. */
  readonly mask?: Mask;
  readonly negative?: string;
  readonly rescale?: number;
  readonly safety?: RequestedSafety;
  readonly fair?: RequestedFair;
  /** What happens to pictures the model's own safety checker flags; left out where it has none. */
  readonly check?: JudgeAction;
  readonly compat?: CompatMode;
  /** The recording added, and the checksum its file had. */
  readonly replay?: { readonly file: string; readonly sha256: string };
}

/** The options that ask for a finished picture again. @internal */
export function optionsOf(request: PictureRequest): RequestOptions {
  const { format, version, model, replay, ...options } = request;
  return { ...options, model: model.source, ...(replay && { replay: replay.file }) };
}
