import type { Model, Stage } from '@sega/guidance';
import { steeredStage, type Wish } from '../drawing/wish.js';
import type { LoadedModel } from '../models/model-shelf.js';

/** What a picture's file says of it: prompt and seed to read, and all that `sega generate --from` needs to draw it again. */
export function metadataOf(
  { id, model, version }: Omit<LoadedModel, 'host'>,
  wish: Wish,
): Readonly<Record<string, string>> {
  const { prompt, seed, concepts, threshold, warmup, cooldown, momentum } = wish;
  const steered = steeredStage(model).name;
  const request = {
    format: 1,
    version: __VERSION__,
    model: { source: id, family: model.family, name: model.name, version },
    prompt,
    seed,
    width: model.defaults.width,
    height: model.defaults.height,
    sampler: byStage(model, (stage) => stage.sampler(stage.auxiliary ? undefined : wish.sampler).name),
    steps: byStage(model, ({ auxiliary, defaults }) => (auxiliary ? undefined : wish.steps) ?? defaults.steps),
    scale: byStage(model, ({ name, defaults }) => (name === steered ? wish.scale : defaults.scale)),
    ...(model.stages.some(({ defaults }) => (defaults.guided ?? 1) < 1) && {
      guided: byStage(model, ({ defaults }) => defaults.guided ?? 1),
    }),
    ...(model.stages.length > 1 && { stages: [steered] }),
    concepts: concepts.map(({ text, strength }) => ({
      direction: strength < 0 ? 'away' : 'toward',
      text,
      scale: Math.abs(strength),
      threshold,
      warmup,
      cooldown,
      weight: 1,
    })),
    ...(concepts.length > 0 &&
      (momentum.scale !== 0 || model.defaults.momentum) && { momentum: { beta: 0.4, ...momentum } }),
  };
  return { prompt, seed: String(seed), guidance: describe(wish), sega: JSON.stringify(request) };
}

/** One value, or one by name where there are several stages. */
function byStage<T>({ stages }: Model, value: (stage: Stage) => T): T | Readonly<Record<string, T>> {
  if (stages.length === 1) return value(stages[0]!);
  return Object.fromEntries(stages.map((stage) => [stage.name, value(stage)]));
}

function describe({ scale, concepts }: Wish): string {
  const edits = concepts.map(
    ({ text, strength }) => `${strength < 0 ? 'away from' : 'toward'} "${text}" (scale ${Math.abs(strength)})`,
  );
  return [`scale ${scale}`, ...edits].join('; ');
}
