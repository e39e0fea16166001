import { chain } from './chain.js';
import { GuidanceError } from './errors.js';
import type { ByStage, GenerateOptions } from './generate.js';
import type { Guidance, RunInfo } from './guidance.js';
import { scale } from './methods/scale.js';
import type { Model, Stage } from './model.js';
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
  run: Pick<RunInfo, 'seeds' | 'warn'>,
): readonly PlannedStage[] {
  const { from } = options;
  const { width, height } = { ...model.defaults, ...definedSize(options) };
  const size = { width, height, items: run.seeds.length };
  const all = model.stages.map(({ name }) => name);
  if (from) checkStages('from', [from.stage], all.slice(1));
  const first = from ? all.indexOf(from.stage) : 0;
  if (from) checkImages(from, model.stages[first - 1]!.stateShape(size));
  const names = all.slice(first);
  const guided = options.stages ?? (isByStage(options.guidance) ? names : names.slice(0, 1));
  checkStages('stages', guided, names);
  const guidanceOf = byStage('guidance', options.guidance, guided);
  const samplerOf = byStage('sampler', options.sampler, names);
  const stepsOf = byStage('steps', options.steps, names);
  return model.stages.slice(first).map((stage) => {
    const { name, space, layout, defaults } = stage;
    const guidance = (guided.includes(name) && guidanceOf(name)) || scale(defaults.scale);
    const sampler = stage.sampler(samplerOf(name));
    const schedule = sampler.schedule(stepsOf(name) ?? defaults.steps);
    const shape = stage.stateShape(size);
    const info: RunInfo = {
      ...run,
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

function definedSize({ width, height }: GenerateOptions): { width?: number; height?: number } {
  return { ...(width !== undefined && { width }), ...(height !== undefined && { height }) };
}

function isByStage<T>(value: ByStage<T> | undefined): value is Readonly<Record<string, T>> {
  return typeof value === 'object' && !Array.isArray(value) && !('update' in value!);
}

function byStage<T>(
  option: string,
  value: ByStage<T> | undefined,
  names: readonly string[],
): (name: string) => T | undefined {
  if (!isByStage(value)) return () => value;
  checkStages(option, Object.keys(value), names);
  return (name) => value[name];
}

function checkStages(option: string, named: readonly string[], stages: readonly string[]): void {
  for (const stage of named) {
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
