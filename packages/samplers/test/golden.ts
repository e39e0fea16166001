import { readFileSync } from 'node:fs';

/** A run of a diffusers scheduler over the Gaussian model of test/vectors/samplers.json. */
export interface GoldenCase {
  readonly title: string;
  /** The sampler chosen by name in place of the configuration's class. */
  readonly name?: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly noise: string;
  readonly steps: number;
  readonly channels: number;
  readonly eta?: number;
  readonly listed?: readonly number[];
  readonly timesteps: readonly number[];
  readonly initialScale: number;
  readonly draws: number;
  readonly final: readonly number[];
  readonly table?: readonly number[];
}

export const golden: {
  readonly alphaBars: Readonly<Record<string, readonly number[]>>;
  readonly cases: readonly GoldenCase[];
  readonly timesteps: readonly {
    readonly class: string;
    readonly options: Readonly<Record<string, unknown>>;
    readonly steps: number;
    readonly timesteps: readonly number[];
  }[];
} = JSON.parse(readFileSync(new URL('../../../test/vectors/samplers.json', import.meta.url), 'utf8'));

/** The largest difference of two lists of one length; infinite when a value is not finite. */
export function distance(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return Number.POSITIVE_INFINITY;
  const worst = Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));
  return Number.isNaN(worst) ? Number.POSITIVE_INFINITY : worst;
}
