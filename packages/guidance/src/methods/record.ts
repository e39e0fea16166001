import { GuidanceError } from '../errors.js';
import type { Guidance, RunInfo } from '../guidance.js';
import { sizeOf } from '../shape.js';
import { epsilonFactor } from '../space.js';
import type { Tensor } from '../tensor.js';
import type { Trace } from '../trace.js';

/**
 * Where {@link record} puts what it captured: one trace for each run and stage that has finished.
 *
 * @category Record and replay
 */
export class Recording {
  readonly #traces: Trace[] = [];

  /** All traces, in the order their stages finished. */
  get traces(): readonly Trace[] {
    return this.#traces;
  }

  /** The latest trace. @throws TRACE_INVALID when no run has finished yet. */
  get trace(): Trace {
    const trace = this.#traces.at(-1);
    if (trace) return trace;
    throw new GuidanceError('TRACE_INVALID', 'The recording is empty: a run must finish before its trace can be read.');
  }

  /** @internal */
  add(trace: Trace): void {
    this.#traces.push(trace);
  }
}

/** What {@link record} remembers of a run. @category Record and replay */
export interface RecordState<State> {
  readonly run: RunInfo;
  readonly inner: State;
  /** γ of each step in epsilon units; undefined where nothing was added. */
  readonly gammas: (Tensor | undefined)[];
}

/**
 * Captures what a method adds to the direction at every step, in epsilon units; the paper's concept vector γ.
 *
 * {@link replay} of the trace at the same place of the chain repeats the recorded picture bit for bit without predicting
 * the concepts; without recording it is the same up to rounding. Every step's γ stays on the device until the run ends: 25 steps of
 * Stable Diffusion's latents are 1.6 MB for each picture.
 *
 * @param inner - The method or chain to capture.
 * @param recording - Receives the trace when a run finishes.
 *
 * @example
 * const recording = new Recording();
 * await generate(model, 'a portrait', { guidance: [scale(7.5), record(semantic([toward('glasses')]), recording)] });
 * const { trace } = recording;
 * @category Record and replay
 */
export function record<State>(inner: Guidance<State>, recording: Recording): Guidance<RecordState<State>> {
  return {
    name: `record(${inner.name})`,
    branches: (step) => [...inner.branches(step), ...(inner.dropsPrompt?.(step) ? (['prompt'] as const) : [])],
    init: (run, ops) => ({ run, inner: inner.init(run, ops), gammas: [] }),
    update: (direction, predictions, step, state, ops) => {
      const added = inner.update(direction, predictions, step, state.inner, ops).plus(direction, -1);
      if (added.isZero) {
        state.gammas.push(undefined);
        return direction;
      }
      const factor = epsilonFactor(state.run.space, step);
      const gamma = ops.keep(ops.sum([[factor, added.evaluate(predictions, ops)]]));
      state.gammas.push(gamma);
      return direction.plus(gamma, 1 / factor);
    },
    finish: async (state, read) => {
      await inner.finish?.(state.inner, read);
      const { layout, shape, seeds, sampler, stage } = state.run;
      const size = sizeOf(shape);
      const gammas: Float32Array[] = [];
      for (const gamma of state.gammas) gammas.push(gamma ? await read(gamma) : new Float32Array(size));
      recording.add({ space: 'epsilon', layout, shape, seeds, sampler, stage, gammas });
    },
  };
}
