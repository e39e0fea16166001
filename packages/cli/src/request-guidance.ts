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

/**
 * The guidance a request asks for, in the order the papers have it: SLD corrects the direction before it is scaled, SEGA
 * adds to it after.
 *
 *     negativePrompt(text, chain(safeLatent, scale, rescale, semantic, replay))
 *
 * @param wrap - Takes the semantic part: where a recorder listens. Default: none.
 * @param replayed - A recorded direction to add. Default: none.
 * @throws OPTION_INVALID
 * @internal
 */
export function guidanceOf(
  request: PictureRequest,
  wrap: (semantic: Guidance) => Guidance = (method) => method,
  replayed?: Guidance,
): Guidance {
  const { concepts, momentum, compat } = request;
  const methods: Guidance[] = [
    ...(request.safe ? [safeLatent(request.safe)] : []),
    scale(request.scale),
    ...(request.rescale === undefined ? [] : [rescale(request.rescale)]),
    ...(concepts.length === 0
      ? []
      : [wrap(semantic(concepts.map(conceptOf), { momentum: momentum ?? { scale: 0 }, ...(compat && { compat }) }))]),
    ...(replayed ? [replayed] : []),
  ];
  const guidance = chain(...methods);
  return request.negative === undefined ? guidance : negativePrompt(request.negative, guidance);
}

function conceptOf({ direction, text, ...settings }: RequestedConcept): ReturnType<typeof toward> {
  return (direction === 'away' ? away : toward)(text, settings);
}
