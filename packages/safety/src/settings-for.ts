import { GuidanceError, type RunInfo } from '@sega/guidance';
import type { SafetySettings } from './preset.js';

/**
 * The settings for the model that runs: its own, else its family's, else with a warning those of the family that predicts
 * alike.
 *
 * @throws OPTION_INVALID when there are none to take.
 * @internal
 */
export function settingsFor(run: RunInfo, candidates: readonly SafetySettings[], preset: string): SafetySettings {
  const { name, family } = run.model;
  const alike = run.space === 'logits' ? 'paella' : 'stable-diffusion';
  const of = (model: string): SafetySettings | undefined => candidates.find((settings) => settings.model === model);
  const own = of(name) ?? of(family);
  const settings = own ?? of(alike);
  if (!settings) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `The safety preset "${preset}" has nothing for the model "${name}" of the family "${family}"; it has settings for ` +
        `${candidates.map(({ model }) => model).join(', ')}. Add some for "${family}".`,
      { option: 'settings', preset, model: name, family },
    );
  }
  if (!own) {
    run.warn(
      `The safety preset "${preset}" has no settings for models of the family "${family}"; those for ${alike} are taken, untried.`,
    );
  } else if (settings.source === 'experimental') {
    run.warn(`The safety preset "${preset}" is experimental with ${settings.method} on ${settings.model}.`);
  }
  return settings;
}
