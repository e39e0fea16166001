import {
  and,
  away,
  type Concept,
  chain,
  composable,
  type Guidance,
  interval,
  type Model,
  negativePrompt,
  type Stage,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import type { ConceptData, DrawSettings, MethodData, SafetyData } from './picture-job.js';

/**
 * What a safety preset is in a chain: the guidance of a stage that holds both the scale and the preset, in the order they
 * belong.
 *
 * @param safety - The preset.
 * @param scaled - Classifier-free guidance with its scale.
 * @throws OPTION_INVALID when there is no such preset.
 *
 * @example
 * const safety: SafetyGuidance = ({ preset }, scaled) => chain(safeLatent(preset as 'strong'), scaled);
 * @category Jobs
 */
export type SafetyGuidance = (safety: SafetyData, scaled: Guidance) => Guidance;

/** The stage that guidance is for when none is named. @internal */
export function steeredStage(model: Model): Stage {
  return model.stages.find(({ auxiliary }) => !auxiliary)!;
}

/**
 * The guidance of every stage for one method: the first that makes pictures is steered, the others follow the prompt with
 * their own scale. `added` is what the steered one adds after its scale.
 *
 * @internal
 */
export function guidanceOf(
  model: Model,
  { scale: weight }: DrawSettings,
  method: MethodData | undefined,
  added: Guidance | undefined,
  safety: SafetyGuidance,
): Readonly<Record<string, Guidance>> {
  const steered = steeredStage(model);
  return Object.fromEntries(
    model.stages.map((stage) => {
      const isSteered = stage === steered;
      const scaled = ownScale(stage, isSteered ? weight : stage.defaults.scale);
      const safe = isSteered && method?.kind === 'safe' ? safety(method, scaled) : scaled;
      const guidance = isSteered && added ? chain(safe, added) : safe;
      const isNegated = method?.kind === 'negative' && !stage.auxiliary;
      return [stage.name, isNegated ? negativePrompt(method.text, guidance) : guidance];
    }),
  );
}

function ownScale({ defaults: { guided = 1 } }: Stage, weight: number): Guidance {
  return guided < 1 ? interval(scale(weight), { fraction: [0, guided] }) : scale(weight);
}

/** What a method adds to the direction of the steered stage, if it does. @internal */
export function addedBy(method: MethodData | undefined, settings: DrawSettings): Guidance | undefined {
  if (method?.kind === 'composable') return composable(method.terms.map(({ text, weight }) => and(text, weight)));
  if (method?.kind === 'semantic' || method?.kind === 'replay') {
    return semantic(method.concepts.map(conceptOf), { momentum: settings.momentum });
  }
  return undefined;
}

function conceptOf({ text, away: isAway, ...settings }: ConceptData): Concept {
  return (isAway ? away : toward)(text, settings);
}
