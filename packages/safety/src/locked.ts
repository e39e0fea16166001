import { type Branch, Direction, type Predictions, type RunInfo, type TensorOps } from '@sega/guidance';

/** λ: a concept is held out of the strongest quarter of its direction. */
const THRESHOLD = 0.75;

/** Above this a product of two values is a push; smaller ones underflow on some devices. */
const SMALLEST = 1e-30;

/**
 * A direction without what was added to the prompt's toward a concept.
 *
 *     A = direction − w·(c − u)                                       w the weight of the prompt
 *     A ← 0 where A points as s − u does and |s − u| ≥ its λ-quantile
 *
 * Where a method has turned the prompt's part into a tensor that part is held out too.
 *
 * @internal
 */
export function withoutPush(
  direction: Direction,
  concept: Branch,
  predictions: Predictions,
  { space, layout }: RunInfo,
  ops: TensorOps,
): Direction {
  const prompt = Direction.start.times(direction.coefficient('prompt'));
  const added = direction.plus(prompt, -1);
  if (added.isZero) return direction;
  const push = added.evaluate(predictions, ops);
  const toward = ops.sumTails(
    [{ of: predictions.value(concept), scale: 1, threshold: THRESHOLD, weight: 1 }],
    predictions.value('unconditional'),
    space === 'logits' ? 'token' : 'element',
    layout,
  );
  return prompt.plus(ops.keepBelow(push, ops.multiply(push, toward), SMALLEST));
}
