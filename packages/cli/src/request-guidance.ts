import {
  away,
  chain,
  type Guidance,
  negativePrompt,
  rescale,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
import type { PictureRequest, RequestedConcept } from './request.js';

/** What a request's guidance consists of beside the request itself. @internal */
export interface GuidanceParts {
  /** Takes the semantic part: where a recorder listens. Default: nothing does. */
  readonly wrap?: (semantic: Guidance) => Guidance;
  /** A recorded direction to add, in the stage it was recorded in. Default: none. */
  readonly replayed?: { readonly stage: string; readonly method: Guidance };
}

/**
 * The guidance a request asks for, by stage, in the order the papers have it: SLD corrects the direction before it is
 * scaled, SEGA adds to it after.
 *
 *     negativePrompt(text, chain(safeLatent, scale, rescale, semantic, replay))
 *
 * A cascade's stages that are not steered have the negative prompt and their scale alone.
 *
 * @param stages - Names of the model's stages.
 * @throws OPTION_INVALID
 * @internal
 */
export function guidanceOf(
  request: PictureRequest,
  stages: readonly string[],
  parts: GuidanceParts = {},
): Readonly<Record<string, Guidance>> {
  const steered = request.stages ?? stages;
  return Object.fromEntries(
    stages.map((stage) => [stage, stageGuidance(request, stage, steered.includes(stage), parts)]),
  );
}

function stageGuidance(
  request: PictureRequest,
  stage: string,
  isSteered: boolean,
  { wrap = (method) => method, replayed }: GuidanceParts,
): Guidance {
  const { concepts, momentum, mask, compat, scale: scales } = request;
  const options = { momentum: momentum ?? { scale: 0 }, ...(mask && { mask }), ...(compat && { compat }) };
  const free = scale(typeof scales === 'object' ? scales[stage]! : scales);
  const methods: Guidance[] = [
    ...(isSteered && request.safe ? [safeLatent(request.safe)] : []),
    free,
    ...(isSteered && request.rescale !== undefined ? [rescale(request.rescale)] : []),
    ...(isSteered && concepts.length > 0 ? [wrap(semantic(concepts.map(conceptOf), options))] : []),
    ...(replayed?.stage === stage ? [replayed.method] : []),
  ];
  const guidance = chain(...methods);
  return request.negative === undefined ? guidance : negativePrompt(request.negative, guidance);
}

function conceptOf({ direction, text, ...settings }: RequestedConcept): ReturnType<typeof toward> {
  return (direction === 'away' ? away : toward)(text, settings);
}
