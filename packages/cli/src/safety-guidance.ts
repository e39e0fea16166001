import type { SafetyGuidance } from '@sega/evaluation';
import { chain, safeLatent } from '@sega/guidance';
import type { SafePreset } from './request.js';

/** What a safety preset is on the command line: Safe Latent Diffusion's, before the scale. @internal */
export const safetyOf: SafetyGuidance = (preset, scaled) => chain(safeLatent(preset as SafePreset), scaled);
