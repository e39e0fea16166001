import { Direction } from '../direction.js';
import { GuidanceError } from '../errors.js';
import type { Guidance, RunInfo } from '../guidance.js';
import { epsilonFactor } from '../space.js';
import type { Trace } from '../trace.js';

/**
 * Adds a recorded concept vector to another run, without predicting its concepts: the paper's uniqueness.
 *
 *     add         direction ← direction + γ
 *     replace     direction ← γ
 *
 * Concept vectors carry over to other prompts of the same seed and sampler; other ones are warned of. A trace of one
 * picture serves a batch of any size.
 *
 * @param mode - `add` to what the methods before it decided, or `replace` it, so that the estimate is u + γ and the
 * prompt is not predicted. Default `add`.
 * @throws TRACE_MISMATCH at the start of a run with another stage, number of steps, shape or layout.
 *
 * @example
 * const guidance = chain(scale(7.5), replay(recording.trace));
 * @category Record and replay
 */
export function replay(trace: Trace, mode: 'add' | 'replace' = 'add'): Guidance<RunInfo> {
  const isSilent = trace.gammas.map((gamma) => gamma.every((value) => value === 0));
  const replaces = mode === 'replace';
  return {
    name: 'replay',
    branches: () => (replaces ? ['unconditional'] : []),
    dropsPrompt: () => replaces,
    init: (run) => {
      checkMatch(trace, run);
      return run;
    },
    update: (direction, _predictions, step, run, ops) => {
      const base = replaces ? Direction.zero : direction;
      if (isSilent[step.index]) return base;
      const gamma = ops.fromArray(repeated(trace.gammas[step.index]!, trace.shape[0]!, run.shape[0]!), run.shape);
      return base.plus(gamma, 1 / epsilonFactor(run.space, step));
    },
  };
}

function repeated(gamma: Float32Array, recorded: number, items: number): Float32Array {
  if (recorded === items) return gamma;
  const all = new Float32Array(gamma.length * items);
  for (let item = 0; item < items; item++) all.set(gamma, item * gamma.length);
  return all;
}

function checkMatch(trace: Trace, run: RunInfo): void {
  const [recorded = 0, ...shape] = trace.shape;
  const [items = 0, ...runShape] = run.shape;
  compare('stage', trace.stage, run.stage);
  compare('number of steps', trace.gammas.length, run.steps);
  compare('layout', trace.layout.join(' × '), run.layout.join(' × '));
  compare('shape of a picture', shape.join(' × '), runShape.join(' × '));
  if (recorded !== 1) compare('number of pictures', recorded, items);
  const seeds = run.seeds.map((_, item) => trace.seeds[recorded === 1 ? 0 : item]);
  if (seeds.some((seed, item) => seed !== run.seeds[item])) {
    run.warn(
      `The replayed trace was recorded with seed ${trace.seeds.join(', ')} and this run has ${run.seeds.join(', ')}: ` +
        'a concept vector carries over only within one seed.',
    );
  }
  if (trace.sampler !== run.sampler) {
    run.warn(`The replayed trace was recorded with the sampler "${trace.sampler}" and this run uses "${run.sampler}".`);
  }
}

function compare(what: string, recorded: string | number, found: string | number): void {
  if (recorded === found) return;
  throw new GuidanceError(
    'TRACE_MISMATCH',
    `The trace's ${what} is ${recorded} but this run's is ${found}. Replay it in a run like the one it was recorded in.`,
    { what, recorded, found },
  );
}
