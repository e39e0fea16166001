import { MODEL_GRAPH } from './onnx-format.js';
import { delimitedParts, fieldsOf, joined } from './protobuf.js';

/** A model with another graph; the same bytes where `change` leaves the graph as it is. @internal */
export function changeGraph(model: Uint8Array, change: (graph: Uint8Array) => Uint8Array): Uint8Array {
  const fields = [...fieldsOf(model)];
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  const changed = graph && change(graph.value);
  if (changed === graph?.value) return model;
  return joined(fields.flatMap((field) => (field === graph ? delimitedParts(MODEL_GRAPH, [changed!]) : [field.whole])));
}
