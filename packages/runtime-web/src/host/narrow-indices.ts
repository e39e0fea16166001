import { hasGraph } from './has-graph.js';
import {
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  INT32,
  INT64,
  NODE_INPUT,
  NODE_TYPE,
  PORT_NAME,
} from './onnx-format.js';
import { elementOf, withElement } from './port-element.js';
import { delimited, fieldsOf, joined, textOf, textsOf } from './protobuf.js';

/**
 * A graph whose int64 inputs are int32 where they only look things up in tables; undefined where there are none.
 *
 * ONNX Runtime's build for WebGPU takes the shape of an int64 tensor on the processor, and reads the tensor back for it:
 * in a token model the tokens of every step.
 *
 * @internal
 */
export function narrowIndices(graph: Uint8Array): Uint8Array | undefined {
  const fields = [...fieldsOf(graph)];
  const nodes = fields.filter(({ number }) => number === GRAPH_NODE).map(({ value }) => value);
  if (nodes.some(hasGraph)) return undefined;
  const given = new Set(
    fields.filter(({ number }) => number === GRAPH_OUTPUT).map(({ value }) => textOf(value, PORT_NAME)),
  );
  let narrowed = 0;
  const mended = fields.map(({ number, value: port, whole: bytes }) => {
    if (number !== GRAPH_INPUT || elementOf(port) !== INT64) return bytes;
    const name = textOf(port, PORT_NAME);
    if (given.has(name) || !nodes.every((node) => onlyLooksUp(node, name))) return bytes;
    narrowed++;
    return delimited(GRAPH_INPUT, withElement(port, INT32));
  });
  return narrowed > 0 ? joined(mended) : undefined;
}

function onlyLooksUp(node: Uint8Array, name: string): boolean {
  const inputs = textsOf(node, NODE_INPUT);
  if (!inputs.includes(name)) return true;
  const type = textOf(node, NODE_TYPE);
  return type === 'Shape' || (type === 'Gather' && inputs[0] !== name);
}
