import {
  away,
  chain,
  type Guidance,
  interval,
  negativePrompt,
  rescale,
  type Stage,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import { fair, safe } from '@sega/safety';
import type { RequestedFair } from './fair-option.js';
import type { PictureRequest, RequestedConcept } from './request.js';
import { isByStage, type StageSetting } from './stage-option.js';

/** What a request's guidance consists of beside the request itself. @internal */
export interface GuidanceParts {
  /** Takes the semantic part: where a recorder listens. Default: nothing does. */
  readonly wrap?: (semantic: Guidance) => Guidance;
  /** A recorded direction to add, in the stage it was recorded in. Default: none. */
  readonly replayed?: { readonly stage: string; readonly method: Guidance };
}

/**
 * The guidance a request asks for, by stage, in the order the papers have it: SEGA adds to the scaled direction.
 *
 *     chain(negativePrompt(text, chain(scale, rescale, semantic, fair, replay)), safe)
 *
 * Safety measures from the true unconditional prediction, so that no negative prompt weakens it; as diffusers does, from the
 * negative prompt's. A cascade's stages that are not steered have the negative prompt and their scale alone; auxiliary ones
 * their scale.
 *
 * @param stages - The model's.
 * @throws OPTION_INVALID
 * @internal
 */
export function guidanceOf(
  request: PictureRequest,
  stages: readonly Pick<Stage, 'name' | 'auxiliary'>[],
  parts: GuidanceParts = {},
): Readonly<Record<string, Guidance>> {
  return Object.fromEntries(
    stages.map(({ name, auxiliary }) => {
      const isSteered = request.stages?.includes(name) ?? true;
      const { negative, compat } = request;
      const isNegated = negative !== undefined && (isSteered || !auxiliary);
      const negated = (guidance: Guidance): Guidance => (isNegated ? negativePrompt(negative, guidance) : guidance);
      const guidance = stageGuidance(request, name, isSteered, parts);
      const safety = isSteered ? safetyOf(request) : [];
      return [name, compat ? negated(chain(guidance, ...safety)) : chain(negated(guidance), ...safety)];
    }),
  );
}

function stageGuidance(
  request: PictureRequest,
  stage: string,
  isSteered: boolean,
  { wrap = (method) => method, replayed }: GuidanceParts,
): Guidance {
  const { concepts, momentum, mask, compat, scale: scales, guided = 1 } = request;
  const options = { momentum: momentum ?? { scale: 0 }, ...(mask && { mask }), ...(compat && { compat }) };
  const ofStage = (setting: StageSetting<number>): number => (isByStage(setting) ? setting[stage]! : setting);
  const free = scale(ofStage(scales));
  const share = ofStage(guided);
  const methods: Guidance[] = [
    share < 1 ? interval(free, { fraction: [0, share] }) : free,
    ...(isSteered && request.rescale !== undefined ? [rescale(request.rescale)] : []),
    ...(isSteered && concepts.length > 0 ? [wrap(semantic(concepts.map(conceptOf), options))] : []),
    ...(isSteered && request.fair ? [fairOf(request.fair)] : []),
    ...(replayed?.stage === stage ? [replayed.method] : []),
  ];
  return chain(...methods);
}

function safetyOf({ safety, compat }: PictureRequest): readonly Guidance[] {
  if (!safety) return [];
  const { preset, ...options } = safety;
  return [safe(preset, { ...options, ...(compat && { compat }) })];
}

function fairOf({ attributes, ...options }: RequestedFair): Guidance {
  return fair(attributes, options);
}

function conceptOf({ direction, text, ...settings }: RequestedConcept): ReturnType<typeof toward> {
  return (direction === 'away' ? away : toward)(text, settings);
}
