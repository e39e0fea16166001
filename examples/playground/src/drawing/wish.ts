import type { Model, Momentum, Stage } from '@sega/guidance';
import type { Settings, SignedConcept } from '../settings/settings.js';

/** Everything one picture depends on, decided. */
export interface Wish {
  readonly prompt: string;
  readonly seed: number;
  readonly concepts: readonly SignedConcept[];
  readonly threshold: number;
  readonly warmup: number | undefined;
  readonly cooldown: number | undefined;
  readonly momentum: Momentum;
  readonly scale: number;
  readonly steps: number | undefined;
  readonly sampler: string | undefined;
}

/** The stage concepts steer: the first that makes pictures. */
export function steeredStage({ stages }: Model): Stage {
  return stages.find(({ auxiliary }) => !auxiliary)!;
}

/** What the settings ask of a model. */
export function wishOf(settings: Settings, model: Model): Wish {
  const { concept, momentum } = model.defaults;
  return {
    prompt: settings.prompt,
    seed: settings.seed,
    concepts: settings.concepts.filter(({ strength }) => strength !== 0),
    threshold: settings.threshold ?? concept.threshold,
    warmup: settings.warmup ?? concept.warmup,
    cooldown: settings.cooldown,
    momentum: { ...momentum, scale: settings.momentum ?? momentum?.scale ?? 0 },
    scale: settings.scale ?? steeredStage(model).defaults.scale,
    steps: settings.steps,
    sampler: settings.sampler,
  };
}
