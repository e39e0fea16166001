import { refusal } from './graph-bytes.js';
import { textOf, valuesOf } from './protobuf.js';

// Fields of the ONNX format: where in a model a tensor says which file holds its numbers.
const MODEL_GRAPH = 7;
const GRAPH_INITIALIZER = 5;
const TENSOR_EXTERNAL_DATA = 13;
const ENTRY_KEY = 1;
const ENTRY_VALUE = 2;

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
