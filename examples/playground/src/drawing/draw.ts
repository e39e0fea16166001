import { type Image, type Model, Recording, Run, type Trace } from '@sega/guidance';
import { guidanceOf } from './guidance.js';
import type { Wish } from './wish.js';

/** A finished picture and what it took. */
export interface Drawing {
  readonly image: Image;
  /** Rows of the network evaluated. */
  readonly evaluations: number;
  readonly milliseconds: number;
  readonly warnings: readonly string[];
  /** There when the run was recorded and had concepts. */
  readonly recorded?: Recorded;
}

/** What guidance added in a run. */
export interface Recorded {
  /** Of the whole edit. */
  readonly vector: Trace;
  /** Of each concept alone, in the wish's order. */
  readonly touched: readonly Trace[];
}

/** How far a run has come. */
export interface DrawingStep {
  readonly step: number;
  readonly steps: number;
  /** The picture foreseen, now and then. */
  readonly preview: Image | undefined;
}

export interface DrawOptions {
  readonly signal: AbortSignal;
  readonly onStep?: (step: DrawingStep) => void;
  /** Keeps the concept vectors. Default: not. */
  readonly record?: boolean;
  /** A concept vector in the concepts' place. */
  readonly replayed?: Trace;
}

/** The least pause between two previews. */
const PREVIEW_MILLISECONDS = 180;
/** The most of the time that goes into previews, which cost a decoding each. */
const PREVIEW_SHARE = 1 / 8;

/** Draws one picture. @throws GuidanceError */
export async function draw(model: Model, wish: Wish, options: DrawOptions): Promise<Drawing> {
  const { signal, onStep, record = false, replayed } = options;
  const isRecorded = record && wish.concepts.length > 0;
  const vector = new Recording();
  const touched = wish.concepts.map(() => new Recording());
  const guidance = guidanceOf(wish, model, {
    ...(isRecorded && { vector, touched }),
    ...(replayed && { replayed }),
  });
  const run = new Run(model, wish.prompt, {
    guidance,
    seed: wish.seed,
    signal,
    ...(wish.steps !== undefined && { steps: wish.steps }),
    ...(wish.sampler !== undefined && { sampler: wish.sampler }),
  });
  if (onStep) await follow(run, onStep);
  const { images, evaluations, milliseconds, warnings } = await run.result();
  return {
    image: images[0]!,
    evaluations: Object.values(evaluations)
      .flatMap((stage) => Object.values(stage))
      .reduce((sum, count) => sum + count, 0),
    milliseconds: milliseconds.total,
    warnings,
    ...(isRecorded && { recorded: { vector: vector.trace, touched: touched.map(({ trace }) => trace) } }),
  };
}

async function follow(run: Run, onStep: (step: DrawingStep) => void): Promise<void> {
  let done = 0;
  let due = performance.now();
  for await (const { preview } of run) {
    done++;
    const start = performance.now();
    const isDue = done < run.steps && start >= due;
    const [image] = isDue ? await preview() : [];
    if (isDue) {
      const cost = performance.now() - start;
      due = performance.now() + Math.max(PREVIEW_MILLISECONDS, cost / PREVIEW_SHARE - cost);
    }
    onStep({ step: done, steps: run.steps, preview: image });
  }
}
