import type { BranchConditions, TensorOps } from '@sega/guidance';
import { isSameShape } from '@sega/guidance/runtime-kit';
import type { Part } from './batch-parts.js';
import { ConditionStack, type ReadTexts, type TextCondition, type TextFeeds } from './condition-stack.js';

/** A part with what stays the same from step to step. @internal */
export interface DividedPart extends Part {
  readonly texts: TextFeeds;
  readonly rows: number;
}

interface Division {
  readonly branches: readonly BranchConditions[];
  readonly shape: readonly number[];
  readonly parts: readonly DividedPart[];
}

/**
 * The parts of a batch with their texts, made once for as many steps as want the same list of branches for states of
 * the same shape.
 *
 * @internal
 */
export class DividedBatch {
  readonly #divide: (shape: readonly number[], branches: number) => readonly Part[];
  readonly #read: ReadTexts;
  readonly #stacks = new Map<string, ConditionStack>();
  readonly #last = new WeakMap<TensorOps, Division>();

  constructor(divide: (shape: readonly number[], branches: number) => readonly Part[], read: ReadTexts) {
    this.#divide = divide;
    this.#read = read;
  }

  /** Live as long as the next call with the same `ops` wants the same. */
  async parts(
    shape: readonly number[],
    branches: readonly BranchConditions[],
    ops: TensorOps,
  ): Promise<readonly DividedPart[]> {
    const last = this.#last.get(ops);
    if (last?.branches === branches && isSameShape(last.shape, shape)) return last.parts;
    const parts: DividedPart[] = [];
    for (const part of this.#divide(shape, branches.length)) {
      const key = `${part.pictures} ${part.branches}`;
      const stack = this.#stacks.get(key) ?? new ConditionStack(this.#read);
      this.#stacks.set(key, stack);
      const conditions = branches
        .slice(...part.branches)
        .flatMap((branch) => (branch.conditions as readonly TextCondition[]).slice(...part.pictures));
      parts.push({ ...part, texts: await stack.feeds(conditions, ops), rows: conditions.length });
    }
    this.#last.set(ops, { branches, shape, parts });
    return parts;
  }
}
