import { hasGraph } from './has-graph.js';
import {
  GRAPH_INPUT,
  GRAPH_NODE,
  NODE_INPUT,
  NODE_NAME,
  NODE_OUTPUT,
  NODE_TYPE,
  PORT_NAME,
  PORT_TYPE,
  SHAPE_DIM,
  TYPE_SHAPE,
  TYPE_TENSOR,
} from './onnx-format.js';
import { delimited, fieldsOf, joined, textOf, textsOf, valuesOf } from './protobuf.js';

/** A graph whose nodes have names where they must, and those of the nodes that should run on the processor. @internal */
export interface NamedSines {
  readonly graph: Uint8Array;
  readonly names: readonly string[];
}

/**
 * The sines and cosines a network takes of scalars or lists it is given, such as its timestep, with everything between; all
 * named.
 *
 * WGSL allows them an error of 2⁻¹¹ and, beyond π, any error (https://www.w3.org/TR/WGSL/#floating-point-accuracy): too much
 * for logits from which tokens are drawn. They are a handful of numbers, and the processor has what they are made of.
 *
 * @internal
 */
export function nameSines(graph: Uint8Array): NamedSines {
  const fields = [...fieldsOf(graph)];
  const lists = new Set<string>();
  const ports = new Set<string>();
  const makers = new Map<string, Node>();
  for (const { number, value } of fields) {
    if (number === GRAPH_INPUT) {
      const name = textOf(value, PORT_NAME);
      ports.add(name);
      if (rankOf(value) <= 1) lists.add(name);
    } else if (number === GRAPH_NODE) {
      const node = readNode(value);
      for (const output of node.outputs) makers.set(output, node);
    }
  }
  const chosen = new Set<Uint8Array>();
  for (const node of makers.values()) {
    if (node.type !== 'Sin' && node.type !== 'Cos') continue;
    const chain = chainOf(node, makers);
    const isFree = chain.every(
      ({ bytes, inputs }) => !hasGraph(bytes) && inputs.every((input) => !ports.has(input) || lists.has(input)),
    );
    if (isFree) for (const { bytes } of chain) chosen.add(bytes);
  }
  const names: string[] = [];
  let changes = 0;
  const named = fields.map(({ value, whole }) => {
    if (!chosen.has(value)) return whole;
    const own = textOf(value, NODE_NAME);
    names.push(own || `sines/${textOf(value, NODE_OUTPUT)}`);
    if (own) return whole;
    changes++;
    return delimited(GRAPH_NODE, joined([value, delimited(NODE_NAME, names.at(-1)!)]));
  });
  return { graph: changes > 0 ? joined(named) : graph, names };
}

interface Node {
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

function readNode(bytes: Uint8Array): Node {
  return {
    bytes,
    type: textOf(bytes, NODE_TYPE),
    inputs: textsOf(bytes, NODE_INPUT),
    outputs: textsOf(bytes, NODE_OUTPUT),
  };
}

/** The node and all it is made by. Of a shape nothing is computed, so what has the shape may be anything. */
function chainOf(node: Node, makers: ReadonlyMap<string, Node>): readonly Node[] {
  const chain = new Set([node]);
  for (const { inputs } of chain) {
    for (const input of inputs) {
      const maker = makers.get(input);
      if (maker && maker.type !== 'Shape') chain.add(maker);
    }
  }
  return [...chain];
}

function rankOf(port: Uint8Array): number {
  const shapes = valuesOf(port, PORT_TYPE)
    .flatMap((type) => valuesOf(type, TYPE_TENSOR))
    .flatMap((tensor) => valuesOf(tensor, TYPE_SHAPE));
  return shapes.length === 0 ? Number.POSITIVE_INFINITY : valuesOf(shapes[0]!, SHAPE_DIM).length;
}
