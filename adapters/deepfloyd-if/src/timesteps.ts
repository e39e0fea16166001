import { GuidanceError, type Steps } from '@sega/guidance';

/**
 * The published schedules: the training timesteps are cut into as many even sections as a list has entries, from low to
 * high, and each entry says how many steps its section gets.
 */
const SECTIONS: Readonly<Record<string, readonly number[]>> = {
  fast27: [10, 10, 3, 2, 2],
  smart27: [7, 4, 2, 1, 2, 4, 7],
  smart50: [10, 6, 4, 3, 2, 2, 3, 4, 6, 10],
  smart100: [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7, 7, 8, 9, 10, 13],
  smart185: [1, 1, 2, 2, 2, 3, 3, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20],
  super27: [1, 1, 1, 1, 1, 1, 1, 2, 5, 13],
  super40: [2, 2, 2, 2, 2, 2, 3, 4, 6, 15],
  super100: [4, 4, 6, 6, 8, 8, 10, 10, 14, 30],
};

/**
 * Names of the schedules DeepFloyd-IF was published with: dense where the picture is decided.
 *
 * @example
 * scheduleNames; // ['fast27', 'smart27', 'smart50', …]
 * @category DeepFloyd-IF
 */
export const scheduleNames: readonly string[] = Object.keys(SECTIONS);

/**
 * Timesteps from high to low where steps are a name; anything else as it is.
 *
 * @param trained - Training timesteps of the model.
 * @throws STEPS_INVALID for a name that is not one of {@link scheduleNames}.
 * @internal
 */
export function namedTimesteps(steps: Steps, trained: number): Exclude<Steps, string> {
  if (typeof steps !== 'string') return steps;
  if (Object.hasOwn(SECTIONS, steps)) return sectionTimesteps(SECTIONS[steps]!, trained);
  throw new GuidanceError(
    'STEPS_INVALID',
    `steps names the schedule "${steps}"; DeepFloyd-IF has ${scheduleNames.join(', ')}. A number or a list of timesteps will do too.`,
    { steps, known: scheduleNames },
  );
}

function sectionTimesteps(sections: readonly number[], trained: number): readonly number[] {
  const timesteps: number[] = [];
  let start = 0;
  for (const [section, count] of sections.entries()) {
    const size = Math.floor(trained / sections.length) + Number(section < trained % sections.length);
    const stride = count > 1 ? (size - 1) / (count - 1) : 1;
    let place = 0;
    for (let i = 0; i < count; i++) {
      timesteps.push(start + roundHalfEven(place));
      // Added up rather than multiplied, as the lists were made: the rounding of each sum decides some entries.
      place += stride;
    }
    start += size;
  }
  return timesteps.reverse();
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}
