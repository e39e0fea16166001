import type { Kernel } from '../recorder.js';
import { elementKernel } from './elementwise.js';

/** Where in the sum what the result holds already is added. @internal */
export type Held = 'nowhere' | 'first' | 'last';

/**
 * Σ aₖ·xₖ, added in order. Inputs: the xₖ, then those factors that are tensors.
 *
 * Settings: count, item size, factors of each term (1, or one for each item), then the factors term by term; those of a
 * tensor count for nothing.
 *
 * @param isTensor - Of each term: its factor is a tensor [batch].
 * @internal
 */
export function sumKernel(isTensor: readonly boolean[], held: Held): Kernel {
  const terms = isTensor.length;
  let tensors = 0;
  const factors = isTensor.map((tensor, k) =>
    tensor ? `x${terms + tensors++}[item]` : `number(3u + ${k}u * settings[2] + own)`,
  );
  const products = factors.map((factor, k) => `sum ${held === 'first' || k > 0 ? '+' : ''}= ${factor} * x${k}[i];`);
  return elementKernel(
    `sum ${isTensor.map(Number).join('')} ${held}`,
    terms + tensors,
    `let item = i / settings[1];
  let own = select(item, 0u, settings[2] == 1u);
  var sum = ${held === 'first' ? 'result[i]' : '0.0'};
  ${products.join('\n  ')}
  result[i] = sum${held === 'last' ? ' + result[i]' : ''};`,
  );
}
