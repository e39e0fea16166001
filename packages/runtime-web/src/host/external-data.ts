import { refusal } from './graph-bytes.js';
import { ENTRY_KEY, ENTRY_VALUE, GRAPH_INITIALIZER, MODEL_GRAPH, TENSOR_EXTERNAL_DATA } from './onnx-format.js';
import { textOf, valuesOf } from './protobuf.js';

/**
 * The files beside a network that hold its weights, by the names written in it.
 *
 * @throws GRAPH_LOAD when the bytes are no ONNX model.
 * @internal
 */
export function externalFiles(name: string, location: string, model: Uint8Array): readonly string[] {
  try {
    const entries = valuesOf(model, MODEL_GRAPH)
      .flatMap((graph) => valuesOf(graph, GRAPH_INITIALIZER))
      .flatMap((initializer) => valuesOf(initializer, TENSOR_EXTERNAL_DATA));
    const locations = entries.filter((entry) => textOf(entry, ENTRY_KEY) === 'location');
    return [...new Set(locations.map((entry) => textOf(entry, ENTRY_VALUE)))];
  } catch (cause) {
    throw refusal(name, location, 'is truncated or no ONNX model. Publish the bundle again.', {}, cause);
  }
}
