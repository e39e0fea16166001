import { GuidanceError, type Model, type Stage } from '@sega/guidance';
import type { ConceptOption } from './concept-option.js';
import type { FairOption, RequestedFair } from './fair-option.js';
import type { PictureRequest, RequestedConcept, RequestOptions } from './request.js';
import { isByStage, type StageSetting, valuesOf } from './stage-option.js';
import type { TraceFile } from './trace-file.js';
import { VERSION } from './version.js';

/** Momentum that SEGA's reference implementation has when none is asked for, and the usual beta. */
const DIFFUSERS_MOMENTUM = { scale: 0.1, beta: 0.4 } as const;

/**
 * The whole request of the first picture: what was asked for, and the model's settings for the rest.
 *
 * @throws SAMPLER_UNKNOWN; STAGE_UNKNOWN when an option names a stage the model does not have.
 * @internal
 */
export function resolveRequest(
  options: RequestOptions & { readonly prompt: string },
  model: Model,
  source: PictureRequest['model'],
  replayed?: TraceFile,
): PictureRequest {
  const { defaults } = model;
  const isMain = ({ auxiliary }: Stage): boolean => !auxiliary;
  const steered = options.stages ?? [model.stages.find(isMain)!.name];
  checkStages('--stages', steered, model);
  const guided = byStage(
    'guided',
    options.guided,
    model,
    () => true,
    ({ defaults: own }, share) => share ?? own.guided ?? 1,
  );
  return {
    format: 1,
    version: VERSION,
    model: source,
    prompt: options.prompt,
    seed: options.seed ?? 0,
    width: options.width ?? defaults.width,
    height: options.height ?? defaults.height,
    sampler: byStage('--sampler', options.sampler, model, isMain, (stage, name) => stage.sampler(name).name),
    steps: byStage('--steps', options.steps, model, isMain, ({ defaults: own }, steps) => steps ?? own.steps),
    // One scale is for the stages that are steered, as one chain of guidance is in code.
    scale: byStage(
      '--scale',
      options.scale,
      model,
      ({ name }) => steered.includes(name),
      ({ defaults: own }, scale) => scale ?? own.scale,
    ),
    ...(valuesOf('guided', guided).some(([, share]) => share !== 1) && { guided }),
    ...(model.stages.length > 1 && { stages: steered }),
    concepts: (options.concepts ?? []).map((concept) => resolveConcept(concept, defaults.concept)),
    ...resolveMomentum(options, defaults),
    ...(options.mask && { mask: options.mask }),
    ...(options.negative !== undefined && { negative: options.negative }),
    ...(options.rescale && { rescale: options.rescale }),
    ...(options.safety && { safety: options.safety }),
    ...(options.fair && { fair: resolveFair(options.fair, defaults.concept) }),
    ...(options.check && { check: options.check }),
    ...(options.compat && { compat: options.compat }),
    ...(replayed && options.replay !== undefined && { replay: { file: options.replay, sha256: replayed.sha256 } }),
  };
}

/**
 * A setting of every stage: one value for a model of one stage, by name for a cascade. One value that was asked for is for
 * the stages it is meant for.
 *
 * @throws STAGE_UNKNOWN
 */
function byStage<T>(
  option: string,
  asked: StageSetting<T> | undefined,
  model: Model,
  isMeant: (stage: Stage) => boolean,
  resolve: (stage: Stage, asked: T | undefined) => T,
): StageSetting<T> {
  if (isByStage(asked)) checkStages(option, Object.keys(asked), model);
  const one = isByStage(asked) ? undefined : asked;
  const own = (stage: Stage): T =>
    resolve(stage, isByStage(asked) ? asked[stage.name] : isMeant(stage) ? one : undefined);
  const [only, ...more] = model.stages;
  return more.length === 0 ? own(only!) : Object.fromEntries(model.stages.map((stage) => [stage.name, own(stage)]));
}

function checkStages(option: string, named: readonly string[], { stages }: Model): void {
  const names = stages.map(({ name }) => name);
  const unknown = named.find((stage) => !names.includes(stage));
  if (unknown === undefined) return;
  throw new GuidanceError(
    'STAGE_UNKNOWN',
    `${option} names the stage "${unknown}"; this model has ${names.join(', ')}.`,
    { option, stage: unknown, stages: names },
  );
}

function resolveConcept(concept: ConceptOption, defaults: Model['defaults']['concept']): RequestedConcept {
  return { weight: 1, ...defaults, ...concept };
}

/** Momentum of 0 is said where another is usual, so that the picture can be drawn again from its file. */
function resolveMomentum(
  { concepts = [], compat, momentum: asked }: RequestOptions,
  defaults: Model['defaults'],
): Pick<PictureRequest, 'momentum'> {
  const usual = compat ? DIFFUSERS_MOMENTUM : defaults.momentum;
  if (concepts.length === 0 || !(usual || asked?.scale)) return {};
  return { momentum: { ...DIFFUSERS_MOMENTUM, ...usual, ...asked } };
}

function resolveFair(fair: FairOption, { scale, threshold, warmup }: Model['defaults']['concept']): RequestedFair {
  const proportions = fair.attributes.map(() => 1);
  return { proportions, seed: 0, scale, threshold, ...(warmup !== undefined && { warmup }), ...fair };
}

/** What keeps a repeated picture from being the same bytes, for the report's warnings. @internal */
export function changesSince(original: PictureRequest | undefined, request: PictureRequest): readonly string[] {
  if (!original) return [];
  const changes: string[] = [];
  if (original.version !== request.version) {
    changes.push(
      `The picture was drawn by @sega/cli ${original.version}; this is ${request.version}. Its bytes may differ.`,
    );
  }
  const [before, now] = [original.model, request.model];
  if (before.source === now.source && (before.name !== now.name || before.version !== now.version)) {
    changes.push(`The picture was drawn with ${before.name} ${before.version}; this is ${now.name} ${now.version}.`);
  }
  const { replay } = original;
  if (replay && replay.file === request.replay?.file && replay.sha256 !== request.replay.sha256) {
    changes.push(`The recording "${replay.file}" has changed since the picture was drawn.`);
  }
  return changes;
}
