import { castTarget } from './cast-target.js';
import { hasGraph } from './has-graph.js';
import {
  FLOAT32,
  GRAPH_INITIALIZER,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  GRAPH_VALUE,
  INT64,
  NODE_INPUT,
  NODE_OUTPUT,
  NODE_TYPE,
  PORT_NAME,
  TENSOR_NAME,
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
  const namesOf = (kind: number, name: number): string[] =>
    fields.filter(({ number }) => number === kind).map(({ value }) => textOf(value, name));
  // Outputs keep their types; an initializer of an input's name is its default.
  const fixed = new Set([...namesOf(GRAPH_OUTPUT, PORT_NAME), ...namesOf(GRAPH_INITIALIZER, TENSOR_NAME)]);
  const users = new Map<string, Uint8Array[]>();
  for (const node of nodes) {
    for (const name of new Set(textsOf(node, NODE_INPUT))) users.set(name, [...(users.get(name) ?? []), node]);
  }
  /** The Casts a tensor ends in, while noting what it is called on the way; undefined where it is used otherwise. */
  const castsOf = (name: string, names: string[]): Uint8Array[] | undefined => {
    if (fixed.has(name)) return undefined;
    names.push(name);
    const ends = (users.get(name) ?? []).map((node) => {
      const type = textOf(node, NODE_TYPE);
      if (type === 'Cast') return castTarget(node) === FLOAT32 ? [node] : undefined;
      const isMoved = type === 'Unsqueeze' && textsOf(node, NODE_INPUT)[0] === name;
      return isMoved ? castsOf(textOf(node, NODE_OUTPUT), names) : undefined;
    });
    return ends.some((end) => end === undefined) ? undefined : (ends as Uint8Array[][]).flat();
  };
  const spared = new Set<Uint8Array>();
  const converted = new Set<string>();
  const changed = fields.map(({ number, value, whole }) => {
    if (number !== GRAPH_INPUT || elementOf(value) !== INT64) return whole;
    const names: string[] = [];
    const casts = castsOf(textOf(value, PORT_NAME), names);
    if (!casts?.length) return whole;
    for (const cast of casts) spared.add(cast);
    for (const name of names) converted.add(name);
    return delimited(GRAPH_INPUT, withElement(value, FLOAT32));
  });
  if (spared.size === 0) return undefined;
  return joined(
    fields.flatMap(({ number, value }, i) => {
      if (spared.has(value)) return delimited(GRAPH_NODE, identityOf(value));
      // What a tensor on the way was known to be it is no more.
      return number === GRAPH_VALUE && converted.has(textOf(value, PORT_NAME)) ? [] : changed[i]!;
    }),
  );
}

function identityOf(node: Uint8Array): Uint8Array {
  return joined([
    delimited(NODE_INPUT, textOf(node, NODE_INPUT)),
    delimited(NODE_OUTPUT, textOf(node, NODE_OUTPUT)),
    delimited(NODE_TYPE, 'Identity'),
  ]);
}
