import { type Branch, branchText } from './branch.js';
import { requiredBranches } from './chain.js';
import { Direction } from './direction.js';
import { GuidanceError } from './errors.js';
import type { Guidance, RunInfo } from './guidance.js';
import type { Condition, Stage } from './model.js';
import type { Predictions } from './prediction.js';
import type { Noise } from './random.js';
import type { Schedule } from './sampler.js';
import type { Step } from './step.js';
import type { Tensor, TensorOps } from './tensor.js';

/** Everything one stage's run works with. @internal */
export interface StageRun {
  readonly stage: Stage;
  readonly schedule: Schedule;
  readonly guidance: Guidance;
  /** What `guidance.init` returned for this run and stage. */
  readonly state: unknown;
  readonly info: RunInfo;
  readonly prompts: readonly string[];
  readonly conditions: ReadonlyMap<string, Condition>;
  /** What the stage is conditioned on beside texts. */
  readonly condition: Tensor | undefined;
  readonly noise: Noise;
  readonly ops: TensorOps;
  readonly read: (tensor: Tensor) => Promise<Float32Array>;
  readonly signal?: AbortSignal | undefined;
  /** Counts network rows by branch. */
  readonly evaluations: Record<string, number>;
}

/** What a step leaves behind, valid until the loop goes on. @internal */
export interface StepOutcome {
  readonly step: Step;
  readonly predictions: Predictions;
  readonly direction: Direction;
  /** The state the step began with. */
  readonly x: Tensor;
  /** The clean picture the step foresees. */
  readonly denoised: Tensor;
  /** The state the step ends with. */
  readonly next: Tensor;
}

/** The step loop: from a state to the final state of a stage, one outcome at a time. @internal */
export async function* denoise(run: StageRun, initial: Tensor): AsyncGenerator<StepOutcome, Tensor> {
  const { stage, schedule, guidance, state, noise, ops } = run;
  const memory = schedule.begin();
  let x = ops.keep(initial);
  for (const step of schedule.steps) {
    throwIfAborted(run.signal);
    const branches = requiredBranches(guidance, step);
    const input = schedule.input(x, step, ops);
    const predictions = await stage.predict(
      input,
      step,
      branches.map((branch) => conditionsOf(run, branch)),
      ops,
      run.condition,
    );
    checkPredictions(run, branches, predictions);
    for (const branch of branches) run.evaluations[branch] = (run.evaluations[branch] ?? 0) + run.prompts.length;
    const direction = guidance.update(Direction.start, predictions, step, state, ops);
    const { rest } = predictions.prediction(branches.includes('prompt') ? 'prompt' : branches[0]!);
    const guided = { value: direction.estimate(predictions, ops), ...(rest && { rest }) };
    const { next, denoised } = await schedule.step(x, guided, step, memory, noise, ops);
    yield { step, predictions, direction, x, denoised, next };
    ops.keep(next);
    if (next !== x) ops.release(x);
    x = next;
    ops.endStep();
  }
  await guidance.finish?.(state, run.read);
  return x;
}

/** @internal */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new GuidanceError('ABORTED', 'The run was aborted between steps.', {}, { cause: signal.reason });
}

function conditionsOf(run: StageRun, branch: Branch): { branch: Branch; conditions: readonly Condition[] } {
  return { branch, conditions: run.prompts.map((prompt) => run.conditions.get(branchText(branch, prompt))!) };
}

function checkPredictions({ info }: StageRun, branches: readonly Branch[], predictions: Predictions): void {
  for (const branch of branches) {
    const { shape } = predictions.value(branch);
    if (shape.length === info.shape.length && shape.every((extent, axis) => extent === info.shape[axis])) continue;
    throw new GuidanceError(
      'PREDICTION_SHAPE',
      `stage "${info.stage}" predicted ${shape.join('×')} for branch "${branch}"; expected ${info.shape.join('×')}. ` +
        'predict() must return one prediction of that shape for each branch, all pictures of the batch in it.',
      { stage: info.stage, branch, received: shape, expected: info.shape },
    );
  }
}
