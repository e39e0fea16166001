import { describeFair } from './fair-option.js';
import type { PictureRequest, RequestedConcept } from './request.js';
import { describeSafety } from './safety-option.js';
import { describeSetting } from './stage-option.js';

/**
 * The guidance of a picture in words, in the order the methods act.
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * describeGuidance(readRequest(await readFile('king.png'), 'king.png'));
 * // 'scale 7.5; away from "male" (scale 6, threshold 0.9, warmup 3, weight 1)'
 * @category Request
 */
export function describeGuidance(request: PictureRequest): string {
  const { safety, fair, check, scale, guided, stages, rescale, concepts, momentum, mask, compat, negative, replay } =
    request;
  return [
    `scale ${describeSetting(scale)}`,
    guided !== undefined && `in the first steps, share ${describeSetting(guided)}`,
    rescale !== undefined && `rescale ${rescale}`,
    ...concepts.map(describeConcept),
    momentum && `momentum ${momentum.scale} (beta ${momentum.beta})`,
    mask && concepts.length > 0 && `mask ${mask}`,
    fair && describeFair(fair),
    safety && describeSafety(safety),
    compat && (concepts.length > 0 || safety) && `as ${compat} does`,
    replay && `replay of "${replay.file}"`,
    negative !== undefined && `negative "${negative}"`,
    stages && (concepts.length > 0 || fair || safety) && `in stage ${stages.join(' and ')}`,
    check && `flagged pictures: ${check}`,
  ]
    .filter(Boolean)
    .join('; ');
}

function describeConcept({ direction, text, ...settings }: RequestedConcept): string {
  const list = (['scale', 'threshold', 'warmup', 'cooldown', 'weight'] as const)
    .filter((name) => settings[name] !== undefined)
    .map((name) => `${name} ${settings[name]}`);
  return `${direction === 'away' ? 'away from' : 'toward'} "${text}" (${list.join(', ')})`;
}
