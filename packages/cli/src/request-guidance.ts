import {
  away,
  chain,
  type Guidance,
  interval,
  negativePrompt,
  rescale,
  type Stage,
  safeLatent,
  scale,
  semantic,
  toward,
} from '@sega/guidance';
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
 * The guidance a request asks for, by stage, in the order the papers have it: SLD corrects the direction before it is
 * scaled, SEGA adds to it after.
 *
 *     negativePrompt(text, chain(safeLatent, scale, rescale, semantic, replay))
 *
 * A cascade's stages that are not steered have the negative prompt and their scale alone; auxiliary ones their scale.
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
      const guidance = stageGuidance(request, name, isSteered, parts);
      const { negative } = request;
      const isNegated = negative !== undefined && (isSteered || !auxiliary);
      return [name, isNegated ? negativePrompt(negative, guidance) : guidance];
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
    ...(isSteered && request.safe ? [safeLatent(request.safe)] : []),
    share < 1 ? interval(free, { fraction: [0, share] }) : free,
    ...(isSteered && request.rescale !== undefined ? [rescale(request.rescale)] : []),
    ...(isSteered && concepts.length > 0 ? [wrap(semantic(concepts.map(conceptOf), options))] : []),
    ...(replayed?.stage === stage ? [replayed.method] : []),
  ];
  return chain(...methods);
}

function conceptOf({ direction, text, ...settings }: RequestedConcept): ReturnType<typeof toward> {
  return (direction === 'away' ? away : toward)(text, settings);
}
