import type { Branch } from './branch.js';
import { combined, everywhere } from './coefficient.js';
import type { Predictions } from './prediction.js';
import type { Coefficient, Tensor, TensorOps, Term } from './tensor.js';

/**
 * What guidance adds to the unconditional prediction: an exact linear expression over branches and tensors.
 *
 * Nothing is computed until {@link Direction.evaluate}. Equal terms merge, so `unconditional + 1·(prompt −
 * unconditional)` *is* the prompt's prediction, bit for bit, and a branch whose coefficient vanishes is never read.
 *
 * @example
 * Direction.start.times(7.5).estimate(predictions, ops); // classifier-free guidance
 * @category Hook
 */
export class Direction {
  /** Where every step begins: prompt − unconditional. */
  static readonly start: Direction = new Direction(
    new Map<Branch | Tensor, Coefficient>([
      ['prompt', 1],
      ['unconditional', -1],
    ]),
  );

  /** No direction: the estimate is the unconditional prediction. */
  static readonly zero: Direction = new Direction(new Map());

  readonly #terms: ReadonlyMap<Branch | Tensor, Coefficient>;

  private constructor(terms: ReadonlyMap<Branch | Tensor, Coefficient>) {
    this.#terms = terms;
  }

  /** The branches this expression reads. */
  get branches(): readonly Branch[] {
    return [...this.#terms.keys()].filter((key): key is Branch => typeof key === 'string');
  }

  /** The factor of a branch or tensor, 0 where it is not part of the expression. */
  coefficient(of: Branch | Tensor): Coefficient {
    return this.#terms.get(of) ?? 0;
  }

  /** True when nothing is added. */
  get isZero(): boolean {
    return this.#terms.size === 0;
  }

  /** The whole expression multiplied by a factor. */
  times(factor: Coefficient): Direction {
    const terms = new Map<Branch | Tensor, Coefficient>();
    for (const [key, coefficient] of this.#terms)
      setTerm(
        terms,
        key,
        combined(coefficient, factor, (x, y) => x * y),
      );
    return new Direction(terms);
  }

  /** The expression plus a factor times a branch, a tensor or another expression. */
  plus(addend: Branch | Tensor | Direction, factor: Coefficient = 1): Direction {
    const terms = new Map(this.#terms);
    const added = addend instanceof Direction ? addend.times(factor).#terms : [[addend, factor] as const];
    for (const [key, coefficient] of added)
      setTerm(
        terms,
        key,
        combined(terms.get(key) ?? 0, coefficient, (x, y) => x + y),
      );
    return new Direction(terms);
  }

  /** The expression with one branch read from another, or replaced by a tensor. */
  renamed(from: Branch, to: Branch | Tensor): Direction {
    const coefficient = this.#terms.get(from);
    if (coefficient === undefined || from === to) return this;
    const terms = new Map(this.#terms);
    terms.delete(from);
    return new Direction(terms).plus(to, coefficient);
  }

  /** The direction as a tensor. @throws BRANCH_NOT_PREDICTED */
  evaluate(predictions: Predictions, ops: TensorOps): Tensor {
    const terms = [...this.#terms].map(
      ([key, coefficient]): Term => [coefficient, typeof key === 'string' ? predictions.value(key) : key],
    );
    const [first] = terms;
    if (!first) {
      const like = predictions.value(predictions.branches[0] ?? 'unconditional');
      return ops.sum([[0, like]]);
    }
    return terms.length === 1 && first[0] === 1 ? first[1] : ops.sum(terms);
  }

  /** The guided prediction: unconditional + direction. @throws BRANCH_NOT_PREDICTED */
  estimate(predictions: Predictions, ops: TensorOps): Tensor {
    return this.plus('unconditional').evaluate(predictions, ops);
  }
}

function setTerm(terms: Map<Branch | Tensor, Coefficient>, key: Branch | Tensor, coefficient: Coefficient): void {
  if (everywhere(coefficient, 0)) terms.delete(key);
  else terms.set(key, coefficient);
}
