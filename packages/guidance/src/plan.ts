import { chain } from './chain.js';
import { GuidanceError } from './errors.js';
import type { ByStage, GenerateOptions } from './generate.js';
import type { Guidance, RunInfo } from './guidance.js';
import { interval } from './methods/interval.js';
import { scale } from './methods/scale.js';
import type { Model, Stage, StageDefaults } from './model.js';
import type { Schedule } from './sampler.js';

/** A stage of a run with everything decided. @internal */
export interface PlannedStage {
  readonly stage: Stage;
  readonly schedule: Schedule;
  readonly guidance: Guidance;
  readonly info: RunInfo;
  /** Of the state. */
  readonly shape: readonly number[];
}

/**
 * The stages a run goes through, each with its schedule and guidance.
 *
 * @throws STAGE_UNKNOWN when an option names a stage that does not run; SIZE_UNSUPPORTED, SAMPLER_UNKNOWN, STEPS_INVALID.
 * @internal
 */
export function planStages(
  model: Model,
  options: GenerateOptions,
  run: Pick<RunInfo, 'seeds' | 'warn' | 'report'>,
): readonly PlannedStage[] {
  const { from, width = model.defaults.width, height = model.defaults.height } = options;
  const size = { width, height, items: run.seeds.length };
  const first = from ? model.stages.findIndex(({ name }) => name === from.stage) : 0;
  if (from) {
    const before = model.stages.filter((_, i) => i > 0 && !model.stages[i - 1]!.auxiliary);
    checkStages('from', [from.stage], before.map(named));
    checkImages(from, model.stages[first - 1]!.stateShape(size));
  }
  const stages = model.stages.slice(first);
  const names = stages.map(named);
  const main = stages.filter(({ auxiliary }) => !auxiliary).map(named);
  const guided = options.stages ?? (isByStage(options.guidance) ? names : main.slice(0, 1));
  checkStages('stages', guided, names);
  const guidanceOf = byStage('guidance', options.guidance, guided);
  const samplerOf = byStage('sampler', options.sampler, names, main);
  const stepsOf = byStage('steps', options.steps, names, main);
  return stages.map((stage) => {
    const { name, space, layout, defaults } = stage;
    const guidance = guidanceOf(name) ?? usual(defaults);
    const sampler = stage.sampler(samplerOf(name));
    const schedule = sampler.schedule(stepsOf(name) ?? defaults.steps);
    const shape = stage.stateShape(size);
    const info: RunInfo = {
      ...run,
      model,
      stage: name,
      space,
      layout,
      shape: stage.predictionShape?.(shape) ?? shape,
      steps: schedule.steps.length,
      sampler: sampler.name,
    };
    return { stage, schedule, guidance: 'update' in guidance ? guidance : chain(...guidance), info, shape };
  });
}

/** What a stage is guided by when nothing else is asked for. */
function usual({ scale: weight, guided = 1 }: StageDefaults): Guidance {
  return guided < 1 ? interval(scale(weight), { fraction: [0, guided] }) : scale(weight);
}

function named({ name }: Stage): string {
  return name;
}

function isByStage<T>(value: ByStage<T> | undefined): value is Readonly<Record<string, T>> {
  return typeof value === 'object' && !Array.isArray(value) && !('update' in value!);
}

/** A setting by stage; one for all is for the stages in `meant`. */
function byStage<T>(
  option: string,
  value: ByStage<T> | undefined,
  names: readonly string[],
  meant: readonly string[] = names,
): (name: string) => T | undefined {
  if (!isByStage(value)) return (name) => (meant.includes(name) ? value : undefined);
  checkStages(option, Object.keys(value), names);
  return (name) => value[name];
}

function checkStages(option: string, asked: readonly string[], stages: readonly string[]): void {
  for (const stage of asked) {
    if (stages.includes(stage)) continue;
    const known = stages.map((name) => `"${name}"`).join(', ') || 'none';
    throw new GuidanceError('STAGE_UNKNOWN', `${option} names stage "${stage}"; it can name ${known}.`, {
      option,
      stage,
      stages,
    });
  }
}

function checkImages(
  { stage, images }: NonNullable<GenerateOptions['from']>,
  [items, , height, width]: readonly number[],
): void {
  const fits = images.every(
    (image) => image.width === width && image.height === height && image.data.length === width * height * 3,
  );
  if (fits && images.length === items) return;
  throw new GuidanceError(
    'SIZE_UNSUPPORTED',
    `from.images holds ${images.map((image) => `${image.width} × ${image.height}`).join(', ') || 'no pictures'}; ` +
      `stage "${stage}" starts from ${items} of ${width} × ${height}.`,
    { stage, items, width, height },
  );
}
