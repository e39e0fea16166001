import type { Axis, Trace } from '@sega/guidance';

/** Which positions a concept touched in a step: of each, the share of channels that were changed. */
export interface TouchedMap {
  readonly width: number;
  readonly height: number;
  /** Row by row, within [0, 1]. */
  readonly shares: Float32Array;
}

/** A map for each step of a concept's recorded mask. */
export function touchedMaps({ layout, shape, gammas }: Trace): readonly TouchedMap[] {
  const extent = (...axes: readonly Axis[]): number => shape[layout.findIndex((axis) => axes.includes(axis))] ?? 1;
  const channels = extent('channel', 'code');
  const [width, height] = [extent('width'), extent('height')];
  const area = width * height;
  return gammas.map((gamma) => {
    const shares = new Float32Array(area);
    gamma.forEach((value, i) => {
      if (value !== 0) shares[i % area]! += 1 / channels;
    });
    return { width, height, shares };
  });
}

/** The mean of maps: how often each position was touched. */
export function meanMap(maps: readonly TouchedMap[]): TouchedMap {
  const { width, height } = maps[0]!;
  const shares = new Float32Array(width * height);
  for (const map of maps) {
    map.shares.forEach((share, i) => {
      shares[i]! += share / maps.length;
    });
  }
  return { width, height, shares };
}

/** The share of a picture that was touched. */
export function touchedShare({ shares }: TouchedMap): number {
  return shares.filter((share) => share > 0).length / shares.length;
}
