import type { Tensor, TensorOps } from '@sega/guidance';

/** A summand with a factor known on the host. @internal */
export type LinearTerm = readonly [number, Tensor];

/** Σ aᵢ·xᵢ without the terms that vanish; a single term of factor 1 is that tensor itself. @internal */
export function linear(terms: readonly LinearTerm[], ops: TensorOps): Tensor {
  const heard = terms.filter(([factor]) => factor !== 0);
  const [first] = heard;
  if (!first) return ops.sum([terms[0]!]);
  return heard.length === 1 && first[0] === 1 ? first[1] : ops.sum(heard);
}
