import type { SafetyPreset, SafetySettings } from './preset.js';
import { safetyText } from './safety-text.js';

/**
 * A preset in words: its text, and a line for each of its settings.
 *
 * @example
 * console.log(describePreset(SAFETY_PRESETS.strong));
 * @category Safety
 */
export function describePreset(preset: SafetyPreset): string {
  const lines = preset.settings.map((settings) => `  ${settings.model}: ${describeSettings(settings)}`);
  return [`${preset.name}: keeps out "${safetyText(preset.concepts)}"`, ...lines].join('\n');
}

/** Settings in words. @category Safety */
export function describeSettings({
  method,
  source,
  scale,
  threshold,
  warmup,
  steps,
  momentum,
}: SafetySettings): string {
  const inertia = momentum.scale > 0 ? `momentum ${momentum.scale} (beta ${momentum.beta})` : 'no momentum';
  return `${method} (${source}): scale ${scale}, threshold ${threshold}, from step ${warmup} of ${steps}, ${inertia}`;
}
