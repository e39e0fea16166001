import { ATTRIBUTE_GRAPH, NODE_ATTRIBUTE } from './onnx-format.js';
import { valuesOf } from './protobuf.js';

/** Whether a node has a graph of its own, which may use any tensor of the graph around it. @internal */
export function hasGraph(node: Uint8Array): boolean {
  return valuesOf(node, NODE_ATTRIBUTE).some((attribute) => valuesOf(attribute, ATTRIBUTE_GRAPH).length > 0);
}
