import type { Branch } from './branch.js';
import { Direction } from './direction.js';
import { GuidanceError } from './errors.js';
import type { BranchConditions } from './model.js';
import type { PlannedStage } from './plan.js';
import type { Predictions } from './prediction.js';
import type { Noise } from './random.js';
import { isSameShape } from './shape.js';
import type { Step } from './step.js';
import type { Tensor, TensorOps } from './tensor.js';

/** Everything one stage's run works with. @internal */
export interface StageRun extends PlannedStage {
  /** What `guidance.init` returned for this run and stage. */
  readonly state: unknown;
  /** What the network is asked at each step; steps that ask the same share one list. */
  readonly asked: readonly (readonly BranchConditions[])[];
  /** What the stage is conditioned on beside texts. */
  readonly condition?: Tensor | undefined;
  readonly noise: Noise;
  readonly ops: TensorOps;
  readonly read: (tensor: Tensor) => Promise<Float32Array>;
  readonly signal: AbortSignal | undefined;
  /** Counts network rows by branch. */
  readonly evaluations: Record<string, number>;
}

/** What a step leaves behind, valid until the loop goes on. @internal */
export interface StepOutcome {
  readonly step: Step;
  readonly predictions: Predictions;
  readonly direction: Direction;
  /** The clean picture the step foresees. */
  readonly denoised: Tensor;
  /** The state the step ends with. */
  readonly next: Tensor;
}

/**
 * The step loop of one stage: each call runs the next step, or gives none when all are done. No generator: each around
 * it would add several promises to every step.
 *
 * @internal
 */
export function stepLoop(run: StageRun, initial: Tensor): () => Promise<StepOutcome | undefined> {
  const { stage, schedule, guidance, state, condition, noise, ops, evaluations } = run;
  const memory = schedule.begin();
  let x = ops.keep(initial);
  let next: Tensor | undefined;
  let index = 0;
  return async () => {
    if (next) {
      ops.keep(next);
      if (next !== x) ops.release(x);
      x = next;
      ops.endStep();
    }
    const step = schedule.steps[index++];
    if (!step) {
      if (condition) ops.release(condition);
      await guidance.finish?.(state, run.read);
      return undefined;
    }
    throwIfAborted(run.signal);
    const asked = run.asked[step.index]!;
    const predictions = await stage.predict(schedule.input(x, step, ops), step, asked, ops, condition);
    for (const { branch, conditions } of asked) {
      checkPrediction(run, branch, predictions);
      evaluations[branch] = (evaluations[branch] ?? 0) + conditions.length;
    }
    const direction = guidance.update(Direction.start, predictions, step, state, ops);
    const { branch } = asked.find(({ branch }) => branch === 'prompt') ?? asked[0]!;
    const { rest } = predictions.prediction(branch);
    const guided = { value: direction.estimate(predictions, ops), ...(rest && { rest }) };
    const stepped = await schedule.step(x, guided, step, memory, noise, ops);
    next = stepped.next;
    return { step, predictions, direction, ...stepped };
  };
}

/** @internal */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new GuidanceError('ABORTED', 'The run was aborted between steps.', {}, { cause: signal.reason });
}

function checkPrediction({ info }: StageRun, branch: Branch, predictions: Predictions): void {
  const { shape } = predictions.value(branch);
  if (isSameShape(shape, info.shape)) return;
  throw new GuidanceError(
    'PREDICTION_SHAPE',
    `stage "${info.stage}" predicted ${shape.join('×')} for branch "${branch}"; expected ${info.shape.join('×')}. ` +
      'predict() must return one for each branch, all pictures in it.',
    { stage: info.stage, branch, received: shape, expected: info.shape },
  );
}
