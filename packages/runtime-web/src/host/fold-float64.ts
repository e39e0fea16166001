import { castTarget } from './cast-target.js';
import {
  ATTRIBUTE_NAME,
  ATTRIBUTE_TENSOR,
  ATTRIBUTE_TYPE,
  FLOAT32,
  FLOAT64,
  GRAPH_NODE,
  NODE_ATTRIBUTE,
  NODE_INPUT,
  NODE_OUTPUT,
  NODE_TYPE,
  TENSOR_ATTRIBUTE,
  TENSOR_DIMS,
  TENSOR_RAW,
  TENSOR_TYPE,
} from './onnx-format.js';
import { delimited, fieldsOf, joined, numbersOf, textOf, valuesOf, whole } from './protobuf.js';

/**
 * A graph with the square root of a constant float64, and its conversion to float32, replaced by their values;
 * undefined where there is none. Nodes stand in the order they are computed.
 *
 * Exporters write such roots for the scale of attention, and ONNX Runtime's build for WebGPU has no kernels for them: it
 * refuses the whole network.
 *
 * @internal
 */
export function foldFloat64(graph: Uint8Array): Uint8Array | undefined {
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
    if (type !== 'Cast' || castTarget(node) !== FLOAT32) return bytes;
    changes++;
    return delimited(GRAPH_NODE, constantNode(output, FLOAT32, input));
  });
  return changes > 0 ? joined(fields) : undefined;
}

/** The number a node gives that is a float64 scalar. */
function scalarOf(node: Uint8Array): number | undefined {
  const tensor = valuesOf(node, NODE_ATTRIBUTE).flatMap((attribute) => valuesOf(attribute, ATTRIBUTE_TENSOR))[0];
  if (!tensor || numbersOf(tensor, TENSOR_TYPE)[0] !== FLOAT64) return undefined;
  const raw = valuesOf(tensor, TENSOR_RAW)[0];
  const isScalar = raw?.length === 8 && numbersOf(tensor, TENSOR_DIMS).length === 0;
  return isScalar ? new DataView(raw.buffer, raw.byteOffset).getFloat64(0, true) : undefined;
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
