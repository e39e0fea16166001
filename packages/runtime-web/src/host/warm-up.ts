import type { Engine } from './engine.js';
import {
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  MODEL_GRAPH,
  NODE_INPUT,
  NODE_OUTPUT,
  NODE_TYPE,
  PORT_NAME,
  PORT_TYPE,
  TYPE_ELEMENT,
  TYPE_TENSOR,
} from './onnx-format.js';
import { delimited, joined, whole } from './protobuf.js';

/**
 * Has ONNX Runtime fetch, compile and start its WebAssembly, which it does only when it is given a first network: here, one that
 * copies.
 *
 * @internal
 */
export async function warmUp(engine: Engine): Promise<void> {
  const { model, options } = engine.prepare(copyingModel());
  const session = await engine.ort.InferenceSession.create(model, { ...options, logSeverityLevel: 4 });
  await session.release();
}

const MODEL_IR_VERSION = 1;
const MODEL_OPSET = 8;
const OPSET_VERSION = 2;
const GRAPH_NAME = 2;
const FLOAT32 = 1;

/** y = x, in the ONNX format. */
function copyingModel(): Uint8Array {
  const port = (name: string): Uint8Array =>
    joined([delimited(PORT_NAME, name), delimited(PORT_TYPE, delimited(TYPE_TENSOR, whole(TYPE_ELEMENT, FLOAT32)))]);
  const node = joined([delimited(NODE_INPUT, 'x'), delimited(NODE_OUTPUT, 'y'), delimited(NODE_TYPE, 'Identity')]);
  const graph = joined([
    delimited(GRAPH_NODE, node),
    delimited(GRAPH_NAME, 'copy'),
    delimited(GRAPH_INPUT, port('x')),
    delimited(GRAPH_OUTPUT, port('y')),
  ]);
  return joined([
    whole(MODEL_IR_VERSION, 8),
    delimited(MODEL_GRAPH, graph),
    delimited(MODEL_OPSET, whole(OPSET_VERSION, 13)),
  ]);
}
