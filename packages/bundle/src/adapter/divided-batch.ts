import type { BranchConditions, Tensor, TensorOps } from '@sega/guidance';
import { isSameShape } from '@sega/guidance/runtime-kit';
import type { Part } from './batch-parts.js';
import { ConditionStack, type TextCondition } from './condition-stack.js';

/** A part with what stays the same from step to step. @internal */
export interface DividedPart extends Part {
  /** [rows, tokens, width] */
  readonly texts: Tensor;
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
  readonly #stacks = new Map<string, ConditionStack>();
  readonly #last = new WeakMap<TensorOps, Division>();

  constructor(divide: (shape: readonly number[], branches: number) => readonly Part[]) {
    this.#divide = divide;
  }

  /** Live as long as the next call with the same `ops` wants the same. */
  parts(shape: readonly number[], branches: readonly BranchConditions[], ops: TensorOps): readonly DividedPart[] {
    const last = this.#last.get(ops);
    if (last?.branches === branches && isSameShape(last.shape, shape)) return last.parts;
    const parts = this.#divide(shape, branches.length).map((part): DividedPart => {
      const key = `${part.pictures} ${part.branches}`;
      const stack = this.#stacks.get(key) ?? new ConditionStack();
      this.#stacks.set(key, stack);
      const conditions = branches
        .slice(...part.branches)
        .flatMap((branch) => (branch.conditions as readonly TextCondition[]).slice(...part.pictures));
      return { ...part, texts: stack.tensor(conditions, ops), rows: conditions.length };
    });
    this.#last.set(ops, { branches, shape, parts });
    return parts;
  }
}
