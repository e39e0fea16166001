import { foldFloat64 } from './fold-float64.js';
import { narrowIndices } from './narrow-indices.js';
import { MODEL_GRAPH } from './onnx-format.js';
import { padChannels } from './pad-channels.js';
import { delimited, fieldsOf, joined } from './protobuf.js';

/**
 * A model as ONNX Runtime 1.30 can run it on WebGPU: without what it refuses, computes wrongly or reads back there. The same bytes
 * where nothing is to be mended.
 *
 * @internal
 */
export function mendModel(model: Uint8Array): Uint8Array {
  const fields = [...fieldsOf(model)];
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  if (!graph) return model;
  const folded = foldFloat64(graph.value) ?? graph.value;
  const padded = padChannels(folded) ?? folded;
  const mended = narrowIndices(padded) ?? padded;
  if (mended === graph.value) return model;
  return joined(fields.map((field) => (field === graph ? delimited(MODEL_GRAPH, mended) : field.whole)));
}
