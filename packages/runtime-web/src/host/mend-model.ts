import { changeGraph } from './change-graph.js';
import { foldFloat64 } from './fold-float64.js';
import { nameSines } from './name-sines.js';
import { narrowIndices } from './narrow-indices.js';
import { padChannels } from './pad-channels.js';
import { widenWeights } from './widen-weights.js';

/** A model, and the nodes of it that must not run on the graphics device. @internal */
export interface MendedModel {
  readonly model: Uint8Array;
  readonly onProcessor: readonly string[];
}

/**
 * A model as ONNX Runtime 1.30 can run it on WebGPU: without what it refuses, computes wrongly or reads back there, and with
 * weights that need no conversion. The same bytes where nothing is to be changed.
 *
 * @internal
 */
export function mendModel(model: Uint8Array): MendedModel {
  let onProcessor: readonly string[] = [];
  const mended = changeGraph(model, (graph) => {
    const widened = widenWeights(graph) ?? graph;
    const folded = foldFloat64(widened) ?? widened;
    const padded = padChannels(folded) ?? folded;
    const named = nameSines(narrowIndices(padded) ?? padded);
    onProcessor = named.names;
    return named.graph;
  });
  return { model: mended, onProcessor };
}
