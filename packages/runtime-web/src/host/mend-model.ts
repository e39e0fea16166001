import { foldFloat64 } from './fold-float64.js';
import { nameSines } from './name-sines.js';
import { narrowIndices } from './narrow-indices.js';
import { MODEL_GRAPH } from './onnx-format.js';
import { padChannels } from './pad-channels.js';
import { delimited, fieldsOf, joined } from './protobuf.js';

/** A model, and the nodes of it that must not run on the graphics device. @internal */
export interface MendedModel {
  readonly model: Uint8Array;
  readonly onProcessor: readonly string[];
}

/**
 * A model as ONNX Runtime 1.30 can run it on WebGPU: without what it refuses, computes wrongly or reads back there. The same bytes
 * where nothing is to be mended.
 *
 * @internal
 */
export function mendModel(model: Uint8Array): MendedModel {
  const fields = [...fieldsOf(model)];
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  if (!graph) return { model, onProcessor: [] };
  const folded = foldFloat64(graph.value) ?? graph.value;
  const padded = padChannels(folded) ?? folded;
  const narrowed = narrowIndices(padded) ?? padded;
  const { graph: mended, names } = nameSines(narrowed);
  if (mended === graph.value) return { model, onProcessor: names };
  const parts = fields.map((field) => (field === graph ? delimited(MODEL_GRAPH, mended) : field.whole));
  return { model: joined(parts), onProcessor: names };
}
