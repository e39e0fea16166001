import type { CascadeStage } from '@sega/bundle';
import { GuidanceError, type Stage } from '@sega/guidance';
import { noisingFromConfig } from '@sega/samplers';

/**
 * How a stage is conditioned on the picture of the one before: enlarged to the stage's input size, then noised.
 *
 *     condition = √ᾱ_L·enlarged + √(1 − ᾱ_L)·n
 *
 * @param config - The scheduler configuration of the noise.
 * @param level - L, a timestep of it.
 * @param enlargement - Positions of the stage's state for each pixel of the picture, along a side.
 * @throws OPTION_INVALID when the level is outside the schedule.
 * @internal
 */
export function lowResolutionCondition(
  config: unknown,
  level: number,
  enlargement: number,
): NonNullable<Stage['condition']> {
  const noised = noisingFromConfig(config, level);
  return (previous, noise, ops) => {
    const [, , height, width] = previous.shape as [number, number, number, number];
    const enlarged = enlargement === 1 ? previous : ops.resize(previous, height * enlargement, width * enlargement);
    return noised(enlarged, noise.normal(enlarged.shape), ops);
  };
}

/** The noise level of a stage: the one asked for or the bundle's. @throws OPTION_INVALID above what the network knows @internal */
export function noiseLevelOf(name: string, { noising }: CascadeStage, asked: number | undefined): number | undefined {
  if (!noising) return undefined;
  const { level, maxLevel = Number.POSITIVE_INFINITY } = noising;
  if (asked === undefined) return level;
  if (asked <= maxLevel) return asked;
  throw new GuidanceError(
    'OPTION_INVALID',
    `The noise level of stage ${name} is ${asked}; its network was trained with at most ${maxLevel}.`,
    { option: 'noiseLevel', stage: name, value: asked, most: maxLevel },
  );
}
