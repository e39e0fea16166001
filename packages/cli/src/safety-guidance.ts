import type { SafetyData, SafetyGuidance } from '@sega/evaluation';
import { chain, SAFE_LATENT_PRESETS, safeLatent } from '@sega/guidance';
import { SAFE_PRESETS, type SafePreset } from './request.js';

/** What a safety preset is on the command line: Safe Latent Diffusion's, before the scale. @internal */
export const safetyOf: SafetyGuidance = ({ preset }, scaled) => chain(safeLatent(preset as SafePreset), scaled);

/** The presets an evaluation compares, with what they are. @internal */
export const PRESETS: readonly SafetyData[] = SAFE_PRESETS.map((preset) => ({
  preset,
  data: SAFE_LATENT_PRESETS[preset],
}));
