import { delimited, fieldsOf, joined, textOf, valuesOf, whole } from './protobuf.js';

// Numbers of the ONNX format's fields and types.
const MODEL_GRAPH = 7;
const GRAPH_NODE = 1;
const NODE_INPUT = 1;
const NODE_OUTPUT = 2;
const NODE_TYPE = 4;
const NODE_ATTRIBUTE = 5;
const ATTRIBUTE_NAME = 1;
const ATTRIBUTE_NUMBER = 3;
const ATTRIBUTE_TENSOR = 5;
const ATTRIBUTE_TYPE = 20;
const TENSOR_ATTRIBUTE = 4;
const TENSOR_DIMS = 1;
const TENSOR_TYPE = 2;
const TENSOR_RAW = 9;
const FLOAT32 = 1;
const FLOAT64 = 11;

/**
 * A model with the square root of a constant float64, and its conversion to float32, replaced by their values.
 *
 * Exporters write such roots for the scale of attention, and ONNX Runtime's build for WebGPU has no kernels for them: it
 * refuses the whole network.
 *
 * @internal
 */
export function foldFloat64(model: Uint8Array): Uint8Array {
  const fields = [...fieldsOf(model)];
  const graph = fields.find(({ number }) => number === MODEL_GRAPH);
  const folded = graph && foldGraph(graph.value);
  if (!folded) return model;
  return joined(fields.map((field) => (field === graph ? delimited(MODEL_GRAPH, folded) : field.whole)));
}

/** The graph folded, if there is anything to fold. Its nodes stand in the order they are computed. */
function foldGraph(graph: Uint8Array): Uint8Array | undefined {
  const constants = new Map<string, number>();
  let changes = 0;
  const fields = [...fieldsOf(graph)].map(({ number, value: node, whole: bytes }) => {
    if (number !== GRAPH_NODE) return bytes;
    const output = textOf(node, NODE_OUTPUT);
    const type = textOf(node, NODE_TYPE);
    const own = type === 'Constant' ? scalarOf(node) : undefined;
    if (own !== undefined) constants.set(output, own);
    const input = constants.get(textOf(node, NODE_INPUT));
    if (input === undefined) return bytes;
    if (type === 'Sqrt') {
      changes++;
      constants.set(output, Math.sqrt(input));
      return delimited(GRAPH_NODE, constantNode(output, FLOAT64, Math.sqrt(input)));
    }
    if (type !== 'Cast' || targetOf(node) !== FLOAT32) return bytes;
    changes++;
    return delimited(GRAPH_NODE, constantNode(output, FLOAT32, input));
  });
  return changes > 0 ? joined(fields) : undefined;
}

/** The number a node gives that is a float64 scalar. */
function scalarOf(node: Uint8Array): number | undefined {
  const tensor = valuesOf(node, NODE_ATTRIBUTE).flatMap((attribute) => valuesOf(attribute, ATTRIBUTE_TENSOR))[0];
  if (!tensor || valuesOf(tensor, TENSOR_TYPE)[0]?.[0] !== FLOAT64) return undefined;
  const raw = valuesOf(tensor, TENSOR_RAW)[0];
  const isScalar = raw?.length === 8 && valuesOf(tensor, TENSOR_DIMS).length === 0;
  return isScalar ? new DataView(raw.buffer, raw.byteOffset).getFloat64(0, true) : undefined;
}

/** The type a Cast converts to. */
function targetOf(node: Uint8Array): number | undefined {
  const to = valuesOf(node, NODE_ATTRIBUTE).find((attribute) => textOf(attribute, ATTRIBUTE_NAME) === 'to');
  return to && valuesOf(to, ATTRIBUTE_NUMBER)[0]?.[0];
}

function constantNode(output: string, type: typeof FLOAT32 | typeof FLOAT64, value: number): Uint8Array {
  const raw = new Uint8Array((type === FLOAT64 ? Float64Array : Float32Array).of(value).buffer);
  const tensor = joined([whole(TENSOR_TYPE, type), delimited(TENSOR_RAW, raw)]);
  const attribute = joined([
    delimited(ATTRIBUTE_NAME, 'value'),
    delimited(ATTRIBUTE_TENSOR, tensor),
    whole(ATTRIBUTE_TYPE, TENSOR_ATTRIBUTE),
  ]);
  return joined([
    delimited(NODE_OUTPUT, output),
    delimited(NODE_TYPE, 'Constant'),
    delimited(NODE_ATTRIBUTE, attribute),
  ]);
}
