import type { Model } from '@sega/guidance';
import type { ConceptOption } from './concept-option.js';
import type { PictureRequest, RequestedConcept, RequestOptions } from './request.js';
import type { TraceFile } from './trace-file.js';
import { VERSION } from './version.js';

/** Momentum that SEGA's reference implementation has when none is asked for, and the usual beta. */
const DIFFUSERS_MOMENTUM = { scale: 0.1, beta: 0.4 } as const;

/**
 * The whole request of the first picture: what was asked for, and the model's settings for the rest.
 *
 * @throws SAMPLER_UNKNOWN
 * @internal
 */
export function resolveRequest(
  options: RequestOptions & { readonly prompt: string },
  model: Model,
  source: PictureRequest['model'],
  replayed?: TraceFile,
): PictureRequest {
  const { defaults } = model;
  const { momentum = options.compat ? DIFFUSERS_MOMENTUM : undefined } = options;
  return {
    format: 1,
    version: VERSION,
    model: source,
    prompt: options.prompt,
    seed: options.seed ?? 0,
    width: options.width ?? defaults.width,
    height: options.height ?? defaults.height,
    sampler: model.stages[0]!.sampler(options.sampler).name,
    steps: options.steps ?? (model.stages[0]!.defaults.steps as number),
    scale: options.scale ?? model.stages[0]!.defaults.scale,
    concepts: (options.concepts ?? []).map((concept) => resolveConcept(concept, defaults.concept)),
    ...(momentum && momentum.scale !== 0 && { momentum: { beta: DIFFUSERS_MOMENTUM.beta, ...momentum } }),
    ...(options.negative !== undefined && { negative: options.negative }),
    ...(options.rescale && { rescale: options.rescale }),
    ...(options.safe && { safe: options.safe }),
    ...(options.compat && { compat: options.compat }),
    ...(replayed && options.replay !== undefined && { replay: { file: options.replay, sha256: replayed.sha256 } }),
  };
}

function resolveConcept(concept: ConceptOption, defaults: Model['defaults']['concept']): RequestedConcept {
  return { weight: 1, ...defaults, ...concept };
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
