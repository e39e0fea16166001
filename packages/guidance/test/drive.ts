import {
  type Applied,
  type Branch,
  type CpuTensor,
  cpuOps,
  Direction,
  type Guidance,
  IMAGE_LAYOUT,
  type Layout,
  Predictions,
  type RunInfo,
  type Space,
  type Step,
} from '@sega/guidance';

/** What a drive sees and decides at one step. */
export interface DrivenStep {
  readonly asked: readonly Branch[];
  readonly estimate: Float32Array;
}

export interface Drive {
  readonly shape: readonly number[];
  readonly steps: number;
  readonly space?: Space;
  readonly layout?: Layout;
  readonly seeds?: readonly number[];
  readonly sampler?: string;
  readonly stage?: string;
  /** The prediction of a branch at a step, in the drive's space. */
  readonly predict: (branch: Branch, step: Step) => Float32Array;
  readonly model?: Partial<RunInfo['model']>;
  readonly warnings?: string[];
  readonly applied?: Applied[];
}

/** Noise levels falling from 10, as a variance-preserving schedule has them. */
export function stepAt(index: number, count: number): Step {
  const sigma = 10 * 0.01 ** (index / count);
  return { index, count, timestep: 999 - index, sigma, alpha: 1 / Math.sqrt(1 + sigma ** 2) };
}

/** Runs a guidance on given predictions, one step at a time; only the branches it asks for are predicted. */
export async function* driving(guidance: Guidance, drive: Drive): AsyncGenerator<DrivenStep> {
  const { shape, steps, space = 'epsilon', layout = IMAGE_LAYOUT } = drive;
  const ops = cpuOps();
  const info: RunInfo = {
    model: { family: 'reference', name: 'reference', ...drive.model },
    stage: drive.stage ?? 'base',
    space,
    layout,
    shape,
    steps,
    seeds: drive.seeds ?? Array.from({ length: shape[0]! }, (_, item) => item),
    sampler: drive.sampler ?? 'euler',
    warn: (message) => drive.warnings?.push(message),
    report: (done) => drive.applied?.push(done),
  };
  const state = guidance.init(info, ops);
  for (let index = 0; index < steps; index++) {
    const step = stepAt(index, steps);
    const asked = new Set(guidance.branches(step));
    if (!guidance.dropsPrompt?.(step)) asked.add('prompt');
    const predictions = new Predictions(
      new Map([...asked].map((branch) => [branch, { value: ops.fromArray(drive.predict(branch, step), shape) }])),
    );
    const direction = guidance.update(Direction.start, predictions, step, state, ops);
    const estimate = direction.estimate(predictions, ops) as CpuTensor;
    yield { asked: [...asked], estimate: estimate.data.slice() };
    ops.endStep();
  }
  await guidance.finish?.(state, async (tensor) => (tensor as CpuTensor).data.slice());
  ops.dispose();
}

export async function driveAll(guidance: Guidance, drive: Drive): Promise<readonly DrivenStep[]> {
  const steps: DrivenStep[] = [];
  for await (const step of driving(guidance, drive)) steps.push(step);
  return steps;
}

export async function estimates(guidance: Guidance, drive: Drive): Promise<readonly Float32Array[]> {
  return (await driveAll(guidance, drive)).map(({ estimate }) => estimate);
}

/** A prediction for each branch by name: closed-form, different at every step, with values like normal noise. */
export function wavesOf(shape: readonly number[]): (branch: Branch, step: Step) => Float32Array {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return (branch, step) => {
    let key = 0;
    for (const letter of branch) key = (key * 31 + letter.codePointAt(0)!) % 9973;
    return Float32Array.from(
      { length: size },
      (_, i) => Math.sin(1.7 * i + key + 0.37 * step.index) + 0.25 * Math.cos(0.3 * i * i + 2 * key),
    );
  };
}
