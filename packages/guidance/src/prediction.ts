import type { Branch } from './branch.js';
import { GuidanceError } from './errors.js';
import type { Tensor } from './tensor.js';

/**
 * The model's output on one branch, for all pictures of the batch.
 *
 * @category Hook
 */
export interface Prediction {
  /** The guided part, in the stage's space and layout. */
  readonly value: Tensor;
  /** The part guidance leaves alone: DeepFloyd-IF's learned variance. */
  readonly rest?: Tensor;
}

/**
 * The predictions of one step, by branch.
 *
 * @category Hook
 */
export class Predictions {
  readonly #byBranch: ReadonlyMap<Branch, Prediction>;

  constructor(byBranch: ReadonlyMap<Branch, Prediction>) {
    this.#byBranch = byBranch;
  }

  /** The branches predicted at this step. */
  get branches(): readonly Branch[] {
    return [...this.#byBranch.keys()];
  }

  /** The guided part of a branch. @throws BRANCH_NOT_PREDICTED when no method asked for it at this step. */
  value(branch: Branch): Tensor {
    return this.prediction(branch).value;
  }

  /** The whole prediction of a branch. @throws BRANCH_NOT_PREDICTED when no method asked for it at this step. */
  prediction(branch: Branch): Prediction {
    const prediction = this.#byBranch.get(branch);
    if (prediction) return prediction;
    throw new GuidanceError(
      'BRANCH_NOT_PREDICTED',
      `branch "${branch}" was read but only ${this.branches.map((name) => `"${name}"`).join(', ') || 'none'} were predicted. ` +
        'A method must return every branch it reads from branches(step).',
      { branch, predicted: this.branches },
    );
  }

  /** These predictions with one branch answering to another's name; where it was not predicted, neither is that name. */
  aliased(name: Branch, source: Branch): Predictions {
    const byBranch = new Map(this.#byBranch);
    const prediction = byBranch.get(source);
    if (prediction) byBranch.set(name, prediction);
    else byBranch.delete(name);
    return new Predictions(byBranch);
  }
}
