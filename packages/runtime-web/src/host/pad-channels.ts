import {
  ATTRIBUTE_NAME,
  ATTRIBUTE_NUMBER,
  ATTRIBUTE_TENSOR,
  GRAPH_INITIALIZER,
  GRAPH_NODE,
  INT64,
  NODE_ATTRIBUTE,
  NODE_INPUT,
  NODE_OUTPUT,
  NODE_TYPE,
  TENSOR_DIMS,
  TENSOR_NAME,
  TENSOR_RAW,
  TENSOR_TYPE,
} from './onnx-format.js';
import { decodedText, delimited, fieldsOf, joined, numbersOf, textOf, textsOf, valuesOf, whole } from './protobuf.js';

/**
 * A graph whose convolutions of 6, 9, 15, … channels have channels of zeros added, up to a multiple of 4; undefined where
 * there are none.
 *
 * ONNX Runtime 1.30 computes such convolutions wrongly on WebGPU when their outputs are a multiple of 4: it reads three
 * channels at a time. The first convolution of DeepFloyd-IF's second stage is one.
 *
 * @internal
 */
export function padChannels(graph: Uint8Array): Uint8Array | undefined {
  const shapes = new Map<string, readonly number[]>();
  const fields = [...fieldsOf(graph)];
  for (const { number, value } of fields) {
    if (number === GRAPH_INITIALIZER) shapes.set(textOf(value, TENSOR_NAME), numbersOf(value, TENSOR_DIMS));
  }
  let padded = 0;
  const mended = fields.flatMap(({ number, value: node, whole: bytes }) => {
    if (number !== GRAPH_NODE) return [bytes];
    noteShape(node, shapes);
    const missing = missingChannels(node, shapes);
    if (missing === 0) return [bytes];
    padded++;
    return paddedConvolution(node, missing);
  });
  return padded > 0 ? joined(mended) : undefined;
}

/** Follows the shapes of constants, which exporters store in half precision and convert. */
function noteShape(node: Uint8Array, shapes: Map<string, readonly number[]>): void {
  const type = textOf(node, NODE_TYPE);
  if (type === 'Constant') {
    const [tensor] = valuesOf(node, NODE_ATTRIBUTE).flatMap((attribute) => valuesOf(attribute, ATTRIBUTE_TENSOR));
    if (tensor) shapes.set(textOf(node, NODE_OUTPUT), numbersOf(tensor, TENSOR_DIMS));
  } else if (type === 'Cast') {
    const shape = shapes.get(textOf(node, NODE_INPUT));
    if (shape) shapes.set(textOf(node, NODE_OUTPUT), shape);
  }
}

function missingChannels(node: Uint8Array, shapes: ReadonlyMap<string, readonly number[]>): number {
  if (textOf(node, NODE_TYPE) !== 'Conv') return 0;
  const [, weights] = textsOf(node, NODE_INPUT);
  const [, channels = 0, ...kernel] = shapes.get(weights ?? '') ?? [];
  const isOdd = channels > 3 && channels % 3 === 0 && channels % 4 !== 0;
  return isOdd && kernel.length === 2 && groupsOf(node) === 1 ? 4 - (channels % 4) : 0;
}

function groupsOf(node: Uint8Array): number {
  const group = valuesOf(node, NODE_ATTRIBUTE).find((attribute) => textOf(attribute, ATTRIBUTE_NAME) === 'group');
  return group ? (numbersOf(group, ATTRIBUTE_NUMBER)[0] ?? 1) : 1;
}

/** The fields of a graph that pad a convolution's input and weights and then convolve. */
function paddedConvolution(node: Uint8Array, missing: number): Uint8Array[] {
  const output = textOf(node, NODE_OUTPUT);
  const amount = `${output}/padding`;
  const raw = new Uint8Array(BigInt64Array.of(0n, 0n, 0n, 0n, 0n, BigInt(missing), 0n, 0n).buffer);
  const amounts = joined([
    whole(TENSOR_DIMS, 8),
    whole(TENSOR_TYPE, INT64),
    delimited(TENSOR_NAME, amount),
    delimited(TENSOR_RAW, raw),
  ]);
  const pads: Uint8Array[] = [];
  let place = 0;
  const convolution = [...fieldsOf(node)].map((field) => {
    if (field.number !== NODE_INPUT || place++ > 1) return field.whole;
    const name = decodedText(field.value);
    const padded = `${output}/padded ${name}`;
    pads.push(
      joined([
        delimited(NODE_INPUT, name),
        delimited(NODE_INPUT, amount),
        delimited(NODE_OUTPUT, padded),
        delimited(NODE_TYPE, 'Pad'),
      ]),
    );
    return delimited(NODE_INPUT, padded);
  });
  return [
    delimited(GRAPH_INITIALIZER, amounts),
    ...[...pads, joined(convolution)].map((bytes) => delimited(GRAPH_NODE, bytes)),
  ];
}
