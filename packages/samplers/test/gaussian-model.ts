import {
  type CpuTensor,
  cpuOps,
  type Noise,
  type Prediction,
  type Sampler,
  type SamplerStep,
  type Step,
  type Steps,
  type Tensor,
} from '@sega/guidance';

/** What a model predicts, as scheduler_config.json says it. */
export type PredictionType = 'epsilon' | 'v_prediction' | 'sample';

/** A model whose data is N(sin(i), 1/4) in element i: its predictions are known exactly. */
export interface GaussianModel {
  /** ᾱ of each timestep, interpolated between them; the step's own when left out. */
  readonly alphaBars?: readonly number[];
  readonly predictionType: PredictionType;
  /** Adds learned-variance channels. */
  readonly learned?: boolean;
}

/** What a run over the Gaussian model left behind. */
export interface GaussianRun {
  readonly timesteps: readonly number[];
  readonly steps: readonly Step[];
  readonly initialScale: number;
  readonly draws: number;
  readonly final: readonly number[];
  /** The clean picture each step foresaw. */
  readonly denoised: readonly (readonly number[])[];
  /** Tensors the sampler still keeps after its last step. */
  readonly leftover: number;
}

export interface GaussianSetting {
  readonly channels?: number;
  readonly items?: number;
  /** The first state before it is scaled; linspace(−1, 1, 16) in every channel by default. */
  readonly start?: readonly number[];
  /** The k-th noise; cos(0.7·i + k) by default. */
  readonly noise?: (k: number, size: number) => Float32Array;
}

/** Runs a sampler over a model, keeping tensors as the step loop does. */
export function runGaussian(
  sampler: Sampler,
  count: Steps,
  model: GaussianModel,
  { channels = 1, items = 1, start, noise = wave }: GaussianSetting = {},
): GaussianRun {
  let kept = 0;
  const inner = cpuOps();
  const ops = Object.assign(Object.create(inner) as typeof inner, {
    keep: (x: Tensor) => {
      kept++;
      return inner.keep(x);
    },
    release: (x: Tensor) => {
      kept--;
      inner.release(x);
    },
  });
  for (const name of ['fromArray', 'sum', 'multiply', 'map', 'clamp', 'quantile', 'endStep', 'dispose'] as const) {
    Object.assign(ops, { [name]: (inner[name] as (...args: unknown[]) => unknown).bind(inner) });
  }
  const shape = [items, channels, 4, 4];
  const size = items * channels * 16;
  const schedule = sampler.schedule(count);
  const first = start ?? Array.from({ length: size }, (_, i) => -1 + ((i % 16) * 2) / 15);
  const memory = schedule.begin();
  const denoised: number[][] = [];
  let draws = 0;
  const noiseOf = (normal: () => Tensor): Noise => ({ normal, uniform: unused, integers: unused });
  const drawFirst = (): Tensor => ops.fromArray(Float32Array.from(first), shape);
  let x = ops.keep(schedule.initial(shape, noiseOf(drawFirst), ops));
  const initialScale = (x as CpuTensor).data[0]! / first[0]!;
  for (const step of schedule.steps) {
    const seen = (schedule.input(x, step, ops) as CpuTensor).data;
    const prediction: Prediction = {
      value: ops.fromArray(predict(seen, step, model, channels * 16), shape),
      ...(model.learned && { rest: ops.fromArray(seen.map(Math.cos), shape) }),
    };
    const draw = (): Tensor => ops.fromArray(noise(draws++, size), shape);
    const outcome = <SamplerStep>schedule.step(x, prediction, step, memory, noiseOf(draw), ops);
    denoised.push([...(outcome.denoised as CpuTensor).data]);
    ops.keep(outcome.next);
    ops.release(x);
    x = outcome.next;
    ops.endStep();
  }
  const final = [...(x as CpuTensor).data];
  ops.dispose();
  return {
    timesteps: schedule.steps.map(({ timestep }) => timestep),
    steps: schedule.steps,
    initialScale,
    draws,
    final,
    denoised,
    leftover: kept - 1,
  };
}

function unused(): never {
  throw new Error('A diffusion sampler draws from the normal distribution only.');
}

function wave(k: number, size: number): Float32Array {
  return Float32Array.from({ length: size }, (_, i) => Math.cos(0.7 * i + k));
}

function predict(
  x: Float32Array,
  step: Step,
  { alphaBars, predictionType }: GaussianModel,
  itemSize: number,
): Float32Array {
  const a = alphaBars ? interpolate(alphaBars, step.timestep) : step.alpha ** 2;
  const variance = 0.25 * a + 1 - a;
  // Rounded where torch rounds: at almost pure noise the samplers magnify the last bit of a prediction 20,000 times.
  const round = Math.fround;
  const root = round(Math.sqrt(a));
  const noiseRoot = round(Math.sqrt(1 - a));
  return x.map((value, i) => {
    const mean = round(Math.sin(i % itemSize));
    const distance = round(value - round(root * mean));
    const epsilon = round(distance * round(Math.sqrt(1 - a) / variance));
    const sample = round(mean + round(distance * round((0.25 * Math.sqrt(a)) / variance)));
    if (predictionType === 'epsilon') return epsilon;
    return predictionType === 'sample' ? sample : round(root * epsilon) - round(noiseRoot * sample);
  });
}

function interpolate(table: readonly number[], place: number): number {
  const below = Math.floor(Math.min(place, table.length - 1));
  const low = table[below]!;
  return low + (place - below) * ((table[below + 1] ?? low) - low);
}
