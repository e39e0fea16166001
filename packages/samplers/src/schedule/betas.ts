/** How the noise added at each training timestep grows. @category Schedule */
export type BetaSchedule = 'linear' | 'scaled_linear' | 'squaredcos_cap_v2';

/**
 * The noise a model was trained under. Names and defaults are diffusers', in camel case.
 *
 * @category Schedule
 */
export interface NoiseOptions {
  /** Training timesteps T. Default 1000. */
  readonly numTrainTimesteps?: number;
  /** β of the first timestep. Default 0.0001, LCM 0.00085. */
  readonly betaStart?: number;
  /** β of the last timestep. Default 0.02, LCM 0.012. */
  readonly betaEnd?: number;
  /** Default `linear`, LCM `scaled_linear`. Stable Diffusion: `scaled_linear`; DeepFloyd-IF: `squaredcos_cap_v2`. */
  readonly betaSchedule?: BetaSchedule;
  /** Every β, one for each timestep, in place of the three options above. */
  readonly trainedBetas?: readonly number[];
  /** Rescales so that the last timestep is pure noise, {@link https://arxiv.org/abs/2305.08891 | Lin et al. 2023}. Default false. */
  readonly rescaleBetasZeroSnr?: boolean;
}

/** `numTrainTimesteps` of a model. @internal */
export function trainTimesteps({ trainedBetas, numTrainTimesteps = 1000 }: NoiseOptions): number {
  return trainedBetas?.length ?? numTrainTimesteps;
}

/**
 * β of each training timestep, in float32 as the model's own training had them.
 *
 * @internal
 */
export function betas(options: NoiseOptions): Float32Array {
  const { betaStart = 0.0001, betaEnd = 0.02, betaSchedule = 'linear', trainedBetas } = options;
  if (trainedBetas) return Float32Array.from(trainedBetas);
  const count = trainTimesteps(options);
  switch (betaSchedule) {
    case 'linear':
      return torchLinspace(betaStart, betaEnd, count);
    case 'scaled_linear':
      return torchLinspace(Math.sqrt(betaStart), Math.sqrt(betaEnd), count).map((root) => root * root);
    case 'squaredcos_cap_v2':
      return Float32Array.from({ length: count }, (_, i) =>
        Math.min(1 - cosineSignal((i + 1) / count) / cosineSignal(i / count), 0.999),
      );
  }
}

/** Evenly spaced float32 numbers with torch's rounding: each half of the list counts from its own end. */
function torchLinspace(start: number, end: number, count: number): Float32Array {
  const first = Math.fround(start);
  const last = Math.fround(end);
  const stride = count > 1 ? Math.fround(Math.fround(last - first) / (count - 1)) : 0;
  return Float32Array.from({ length: count }, (_, i) =>
    i < count / 2 ? first + stride * i : last - stride * (count - 1 - i),
  );
}

/** ᾱ of the cosine schedule at a time within [0, 1], {@link https://arxiv.org/abs/2102.09672 | Nichol & Dhariwal 2021} eq. 17. */
function cosineSignal(time: number): number {
  return Math.cos((((time + 0.008) / 1.008) * Math.PI) / 2) ** 2;
}
