import { changeGraph } from './change-graph.js';
import { floatInputs } from './float-inputs.js';
import { foldFloat64 } from './fold-float64.js';
import { widenWeights } from './widen-weights.js';

/**
 * A model without the conversions that can be done beforehand; the same bytes where there are none.
 *
 * All conversions of ONNX Runtime are one function of half a megabyte. A browser that has called it a few dozen times compiles it
 * anew with all optimisations: one to two seconds of a core, just when the first picture is drawn.
 *
 * @internal
 */
export function spareCasts(model: Uint8Array): Uint8Array {
  return changeGraph(model, (graph) => {
    const widened = widenWeights(graph) ?? graph;
    const folded = foldFloat64(widened) ?? widened;
    return floatInputs(folded) ?? folded;
  });
}
