import { castTarget } from './cast-target.js';
import { hasGraph } from './has-graph.js';
import {
  FLOAT32,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  INT64,
  NODE_INPUT,
  NODE_OUTPUT,
  NODE_TYPE,
  PORT_NAME,
} from './onnx-format.js';
import { elementOf, withElement } from './port-element.js';
import { delimited, fieldsOf, joined, textOf, textsOf } from './protobuf.js';

/**
 * A graph whose int64 inputs are float32 where nothing is done to them but to convert them to float32, as to a timestep; undefined
 * where there are none. What was a Cast becomes an Identity.
 *
 * @internal
 */
export function floatInputs(graph: Uint8Array): Uint8Array | undefined {
  const fields = [...fieldsOf(graph)];
  const nodes = fields.filter(({ number }) => number === GRAPH_NODE).map(({ value }) => value);
  if (nodes.some(hasGraph)) return undefined;
  const given = new Set(
    fields.filter(({ number }) => number === GRAPH_OUTPUT).map(({ value }) => textOf(value, PORT_NAME)),
  );
  const users = new Map<string, Uint8Array[]>();
  for (const node of nodes) {
    for (const name of new Set(textsOf(node, NODE_INPUT))) users.set(name, [...(users.get(name) ?? []), node]);
  }
  /** The Casts a tensor ends in; undefined where it is used otherwise. */
  const castsOf = (name: string): Uint8Array[] | undefined => {
    if (given.has(name)) return undefined;
    const ends = (users.get(name) ?? []).map((node) => {
      const type = textOf(node, NODE_TYPE);
      if (type === 'Cast') return castTarget(node) === FLOAT32 ? [node] : undefined;
      const isMoved = type === 'Unsqueeze' && textsOf(node, NODE_INPUT)[0] === name;
      return isMoved ? castsOf(textOf(node, NODE_OUTPUT)) : undefined;
    });
    return ends.some((end) => end === undefined) ? undefined : (ends as Uint8Array[][]).flat();
  };
  const spared = new Set<Uint8Array>();
  const changed = fields.map(({ number, value, whole }) => {
    if (number !== GRAPH_INPUT || elementOf(value) !== INT64) return whole;
    const casts = castsOf(textOf(value, PORT_NAME));
    if (!casts?.length) return whole;
    for (const cast of casts) spared.add(cast);
    return delimited(GRAPH_INPUT, withElement(value, FLOAT32));
  });
  if (spared.size === 0) return undefined;
  return joined(
    fields.map(({ value }, i) => (spared.has(value) ? delimited(GRAPH_NODE, identityOf(value)) : changed[i]!)),
  );
}

function identityOf(node: Uint8Array): Uint8Array {
  return joined([
    delimited(NODE_INPUT, textOf(node, NODE_INPUT)),
    delimited(NODE_OUTPUT, textOf(node, NODE_OUTPUT)),
    delimited(NODE_TYPE, 'Identity'),
  ]);
}
