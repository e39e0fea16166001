import { type Branch, branchText } from './branch.js';
import { requiredBranches } from './chain.js';
import { checkNumber } from './check.js';
import { GuidanceError } from './errors.js';
import type { GenerateOptions, GenerateResult } from './generate.js';
import type { Applied } from './guidance.js';
import { type Image, planesFromImages } from './image.js';
import type { BranchConditions, Model } from './model.js';
import { type PlannedStage, planStages } from './plan.js';
import { batchNoise } from './random.js';
import type { Step } from './step.js';
import { stepLoop, throwIfAborted } from './step-loop.js';
import type { Tensor } from './tensor.js';

/**
 * A step as the caller sees it while iterating a {@link Run}. Its methods work until the next step is asked for.
 *
 * @category Generate
 */
export interface RunStep {
  readonly stage: string;
  readonly step: Step;
  /** The branches predicted at this step. */
  readonly branches: readonly Branch[];
  /** The clean pictures this step foresees, decoded. */
  preview(): Promise<readonly Image[]>;
  /** What guidance added to the unconditional prediction, row-major in the stage's layout; needs that branch predicted. */
  direction(): Promise<Float32Array>;
  /** The state the step ended with, row-major. */
  state(): Promise<Float32Array>;
}

/**
 * One generation in progress: iterate its steps, or wait for its result.
 *
 * @example
 * const run = new Run(model, 'a portrait of a king', { guidance: [scale(7.5)] });
 * for await (const { step, preview } of run) show(step.index, await preview());
 * const { images } = await run.result();
 * @category Generate
 */
export class Run implements AsyncIterable<RunStep> {
  readonly #model: Model;
  readonly #prompts: readonly string[];
  readonly #seeds: readonly number[];
  readonly #options: GenerateOptions;
  readonly #warnings = new Set<string>();
  readonly #applied: Applied[] = [];
  readonly #planned: readonly PlannedStage[];
  #iterator: AsyncGenerator<RunStep> | undefined;
  #result: GenerateResult | undefined;
  #failure: unknown;
  /** Looks at the numbers of every step. */
  #seeks = false;

  /** Plans the run. @throws GuidanceError when an option cannot be honoured. */
  constructor(model: Model, prompt: string | readonly string[], options: GenerateOptions = {}) {
    const { images = 1, seed = 0 } = options;
    const prompts = typeof prompt === 'string' ? [prompt] : prompt;
    checkRequest(prompts, images, seed);
    if (prompts.some((text) => text.trim() === '')) {
      this.#warnings.add('A prompt is empty: its picture follows the unconditional prediction and the concepts alone.');
    }
    this.#model = model;
    this.#options = options;
    this.#prompts = prompts.flatMap((text) => Array<string>(images).fill(text));
    this.#seeds = this.#prompts.map((_, item) => seed + item);
    this.#planned = planStages(model, options, {
      seeds: this.#seeds,
      warn: (message) => this.#warnings.add(message),
      report: (done) => void this.#applied.push(done),
    });
  }

  /** Evaluations the network will be asked for, over all stages. */
  get steps(): number {
    return this.#planned.flatMap(({ schedule }) => schedule.steps).length;
  }

  /** The steps, once. Leaving the loop early ends the run. */
  [Symbol.asyncIterator](): AsyncIterator<RunStep> {
    if (this.#iterator) {
      throw new GuidanceError('UNSUPPORTED', 'A run can be iterated once. Make a new Run.');
    }
    this.#iterator = this.#execute();
    return this.#iterator;
  }

  /** The pictures; runs whatever steps are left. */
  async result(): Promise<GenerateResult> {
    const iterator = this.#iterator ?? this[Symbol.asyncIterator]();
    while (!(await iterator.next()).done);
    if (this.#result) return this.#result;
    throw this.#failure ?? new GuidanceError('ABORTED', 'The run was left before its last step.');
  }

  /** One generator for all: each more would delay every step. */
  async *#execute(): AsyncGenerator<RunStep> {
    const model = this.#model;
    const ops = model.runtime.createOps();
    try {
      const clock = startClock(model);
      const states = this.#planned.map(({ guidance, info }) => guidance.init(info, ops));
      const asked: (readonly (readonly BranchConditions[])[])[] = [];
      for (const planned of this.#planned) asked.push(await this.#encode(planned));
      clock.mark('encode');
      const noise = batchNoise(
        this.#seeds.map((seed) => model.random(seed)),
        ops,
      );
      const evaluations: Record<string, Record<string, number>> = {};
      const stageImages: Record<string, readonly Image[]> = {};
      const read = (tensor: Tensor): Promise<Float32Array> => model.runtime.read(tensor);
      const { from, signal } = this.#options;
      const shared = { noise, ops, read, signal };
      let images = from?.images ?? [];
      let x = from && ops.fromArray(...planesFromImages(from.images));
      for (const [i, planned] of this.#planned.entries()) {
        const { stage, schedule, shape } = planned;
        const initial = schedule.initial(shape, noise, ops);
        const condition = x && (await stage.condition?.(x, noise, ops));
        if (condition) ops.keep(condition);
        if (x) ops.release(x);
        x = initial;
        const counts = {};
        evaluations[stage.name] = counts;
        const own = { state: states[i], asked: asked[i]!, evaluations: counts };
        const advance = stepLoop({ ...planned, ...own, ...shared, condition }, initial);
        for (;;) {
          const outcome = await advance();
          if (!outcome) break;
          const { step, predictions, direction, denoised, next } = outcome;
          x = next;
          for (const branch of this.#seeks ? [...predictions.branches, undefined] : []) {
            await this.#checkFinite(stage.name, branch ? predictions.value(branch) : next, step.index, branch);
          }
          yield {
            stage: stage.name,
            step,
            branches: predictions.branches,
            preview: () => model.decode(denoised, ops, stage.name),
            direction: () => read(direction.evaluate(predictions, ops)),
            state: () => read(next),
          };
        }
        clock.mark('denoise');
        throwIfAborted(signal);
        try {
          images = await model.decode(x, ops, stage.name);
        } finally {
          // After the picture, so that nothing is read before it.
          await this.#checkFinite(stage.name, x);
        }
        stageImages[stage.name] = images;
        clock.mark('decode');
      }
      this.#result = {
        images,
        stageImages,
        seeds: this.#seeds,
        evaluations,
        milliseconds: clock.total(),
        warnings: [...this.#warnings],
        applied: this.#applied,
      };
    } catch (error) {
      this.#failure = error;
      throw error;
    } finally {
      ops.dispose();
    }
  }

  /** @throws NOT_FINITE naming the step and the branch, for which the run is repeated. */
  async #checkFinite(stage: string, x: Tensor, step?: number, branch?: Branch): Promise<void> {
    if ((await this.#model.runtime.read(x)).every(Number.isFinite)) return;
    if (!this.#seeks) {
      const again = new Run(this.#model, this.#prompts, { ...this.#options, images: 1 });
      again.#seeks = true;
      await again.result();
    }
    throw new GuidanceError(
      'NOT_FINITE',
      `stage "${stage}", step ${step}, ${branch ?? 'guided'} prediction: not finite. Lower the scales or run in float32.`,
      { stage, step, branch },
    );
  }

  /** What the network is asked at each step of a stage. */
  async #encode({ stage, schedule, guidance, info }: PlannedStage): Promise<readonly (readonly BranchConditions[])[]> {
    throwIfAborted(this.#options.signal);
    const needed = schedule.steps.map((step) => requiredBranches(guidance, step));
    const texts = new Set(needed.flat().flatMap((branch) => this.#prompts.map((prompt) => branchText(branch, prompt))));
    const encoded = await this.#model.encode([...texts], info.warn, stage.name);
    const byText = new Map(encoded.map((condition) => [condition.text, condition]));
    const lists: Record<string, readonly BranchConditions[]> = {};
    return needed.map(
      (branches) =>
        (lists[JSON.stringify(branches)] ??= branches.map((branch) => ({
          branch,
          conditions: this.#prompts.map((prompt) => byText.get(branchText(branch, prompt))!),
        }))),
    );
  }
}

/** Wall-clock milliseconds between marks. */
function startClock({ runtime }: Model) {
  const start = performance.now();
  const phases = { encode: 0, denoise: 0, session: 0, decode: 0 };
  let last = start;
  let session = 0;
  return {
    mark: (phase: 'encode' | 'denoise' | 'decode'): void => {
      const now = performance.now();
      if (phase === 'denoise') phases.session += runtime.sessionMilliseconds - session;
      phases[phase] += now - last;
      last = now;
      session = runtime.sessionMilliseconds;
    },
    total: (): GenerateResult['milliseconds'] => ({ ...phases, total: last - start }),
  };
}

function checkRequest(prompts: readonly string[], images: number, seed: number): void {
  if (prompts.length === 0)
    throw new GuidanceError('OPTION_INVALID', 'No prompt was given; pass one text or a list of texts.');
  checkNumber('images', images, { min: 1, max: 1024, integer: true });
  const last = seed + (prompts.length * images - 1);
  if (seed >= 0 && Number.isSafeInteger(last)) return;
  throw new GuidanceError(
    'SEED_INVALID',
    `seed is ${seed}; it must be a whole number from 0 to 2^53 − 1 with room for one seed per picture.`,
    { seed },
  );
}
