import type { SafetyData, SafetyGuidance } from '@sega/evaluation';
import { chain } from '@sega/guidance';
import { type SafetyPreset, safe } from '@sega/safety';

/** What a safety preset of an evaluation is in a chain: the preset as the job carries it, after the scale. @internal */
export const safetyOf: SafetyGuidance = ({ data }, scaled) => chain(scaled, safe(data as SafetyPreset));

/** The presets an evaluation compares, with what they are. @internal */
export function presetData(presets: readonly SafetyPreset[]): readonly SafetyData[] {
  return presets.map((preset) => ({ preset: preset.name, data: preset }));
}
