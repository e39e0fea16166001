import type { Branch } from './branch.js';
import { combined, everywhere } from './coefficient.js';
import type { Predictions } from './prediction.js';
import type { Coefficient, Tensor, TensorOps, Term } from './tensor.js';

/**
 * A summand that computes itself when the direction is evaluated: gives the sum of the terms it is given, in their order, and
 * itself, so that both need one tensor. It is given all others where it comes last and its factor is 1, elsewhere none.
 *
 * @category Hook
 */
export type LateTensor = (terms: readonly Term[]) => Tensor;

type Summand = Branch | Tensor | LateTensor;

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
    new Map<Summand, Coefficient>([
      ['prompt', 1],
      ['unconditional', -1],
    ]),
  );

  /** No direction: the estimate is the unconditional prediction. */
  static readonly zero: Direction = new Direction(new Map());

  readonly #terms: ReadonlyMap<Summand, Coefficient>;

  private constructor(terms: ReadonlyMap<Summand, Coefficient>) {
    this.#terms = terms;
  }

  /** The branches this expression reads. */
  get branches(): readonly Branch[] {
    return [...this.#terms.keys()].filter((key): key is Branch => typeof key === 'string');
  }

  /** The factor of a branch or tensor, 0 where it is not part of the expression. */
  coefficient(of: Branch | Tensor | LateTensor): Coefficient {
    return this.#terms.get(of) ?? 0;
  }

  /** True when nothing is added. */
  get isZero(): boolean {
    return this.#terms.size === 0;
  }

  /** The whole expression multiplied by a factor. */
  times(factor: Coefficient): Direction {
    const terms = new Map<Summand, Coefficient>();
    for (const [key, coefficient] of this.#terms)
      setTerm(
        terms,
        key,
        combined(coefficient, factor, (x, y) => x * y),
      );
    return new Direction(terms);
  }

  /** The expression plus a factor times a branch, a tensor or another expression. */
  plus(addend: Branch | Tensor | LateTensor | Direction, factor: Coefficient = 1): Direction {
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
    const summands = [...this.#terms];
    const [late, weight] = summands.at(-1) ?? [];
    const closes = typeof late === 'function' && weight === 1 && summands.pop();
    const value = (branch: Branch): Tensor => predictions.value(branch);
    const terms = summands.map(([key, coefficient]): Term => {
      return [coefficient, typeof key === 'string' ? value(key) : typeof key === 'function' ? key([]) : key];
    });
    if (closes) return (late as LateTensor)(terms);
    const [[factor, only] = [0, value(predictions.branches[0] ?? 'unconditional')]] = terms;
    return terms.length < 2 && factor === 1 ? only : ops.sum(terms.length ? terms : [[factor, only]]);
  }

  /** The guided prediction: unconditional + direction. @throws BRANCH_NOT_PREDICTED */
  estimate(predictions: Predictions, ops: TensorOps): Tensor {
    return this.plus('unconditional').evaluate(predictions, ops);
  }
}

function setTerm(terms: Map<Summand, Coefficient>, key: Summand, coefficient: Coefficient): void {
  if (everywhere(coefficient, 0)) terms.delete(key);
  else terms.set(key, coefficient);
}
