import { checkNumber } from '../check.js';
import type { Tensor, TensorOps, Term } from '../tensor.js';

/** Momentum of a guidance term. @category Methods */
export interface Momentum {
  /** s_m within [0, 1]: how much of the accumulated guidance is added. 0 is off. */
  readonly scale: number;
  /** β within [0, 1]: how slowly it changes. Default 0.4. */
  readonly beta?: number;
}

/** @throws OPTION_INVALID @internal */
export function checkedMomentum({ scale, beta = 0.4 }: Momentum): Required<Momentum> {
  checkNumber('momentum.scale', scale, { min: 0, max: 1 });
  checkNumber('momentum.beta', beta, { min: 0, max: 1 });
  return { scale, beta };
}

/**
 * ν of one run, kept in epsilon units: an average of past guidance that starts at 0.
 *
 * @internal
 */
export class MomentumState {
  #average: Tensor | undefined;

  /** s_m·ν as a term in the model's space, or none yet. */
  term(momentumScale: number, epsilonFactor: number): readonly Term[] {
    return this.#average ? [[momentumScale / epsilonFactor, this.#average]] : [];
  }

  /** ν ← β·ν + (1 − β)·Γ, with Γ in the model's space; none is 0. */
  update(guidance: Tensor | undefined, beta: number, epsilonFactor: number, ops: TensorOps): void {
    const before = this.#average;
    const terms: Term[] = before ? [[beta, before]] : [];
    if (guidance) terms.push([(1 - beta) * epsilonFactor, guidance]);
    if (terms.length === 0) return;
    this.#average = ops.keep(ops.sum(terms));
    if (before) ops.release(before);
  }
}
