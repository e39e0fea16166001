import { fromFloat16 } from '@sega/guidance/runtime-kit';
import { castTarget } from './cast-target.js';
import { hasGraph } from './has-graph.js';
import {
  FLOAT16,
  FLOAT32,
  GRAPH_INITIALIZER,
  GRAPH_INPUT,
  GRAPH_NODE,
  GRAPH_OUTPUT,
  NODE_INPUT,
  NODE_OUTPUT,
  NODE_TYPE,
  PORT_NAME,
  TENSOR_DIMS,
  TENSOR_NAME,
  TENSOR_RAW,
  TENSOR_TYPE,
} from './onnx-format.js';
import { delimitedParts, fieldsOf, joined, numbersOf, textOf, textsOf, valuesOf, whole } from './protobuf.js';

/** Above this many bytes of halves the widened network might not fit in one message, whose limit is 2 GiB. */
const MOST_BYTES = 2 ** 28;

/**
 * A graph whose weights are float32 where they are stored in half precision and converted before use; undefined where there are
 * none. ONNX Runtime would convert them itself each time it sets the network up, see {@link spareCasts} for what that takes.
 *
 * @internal
 */
export function widenWeights(graph: Uint8Array): Uint8Array | undefined {
  const fields = [...fieldsOf(graph)];
  const ports = (kind: number): Set<string> =>
    new Set(fields.filter(({ number }) => number === kind).map(({ value }) => textOf(value, PORT_NAME)));
  const halves = halvesIn(
    fields.filter(({ number }) => number === GRAPH_INITIALIZER).map(({ value }) => value),
    ports(GRAPH_INPUT),
  );
  const bytes = [...halves.values()].reduce((sum, { raw }) => sum + raw.length, 0);
  const nodes = fields.filter(({ number }) => number === GRAPH_NODE).map(({ value }) => value);
  if (bytes === 0 || bytes > MOST_BYTES || nodes.some(hasGraph)) return undefined;
  const needed = ports(GRAPH_OUTPUT);
  const widenings = new Map<Uint8Array, Halves>();
  for (const node of nodes) {
    const inputs = textsOf(node, NODE_INPUT);
    const half = halves.get(inputs[0] ?? '');
    const isWidening = half && textOf(node, NODE_TYPE) === 'Cast' && castTarget(node) === FLOAT32;
    if (isWidening && !needed.has(textOf(node, NODE_OUTPUT))) widenings.set(node, half);
    else for (const input of inputs) needed.add(input);
  }
  if (widenings.size === 0) return undefined;
  const changed = fields.flatMap(({ number, value, whole: own }) => {
    const half = widenings.get(value);
    if (half) return delimitedParts(GRAPH_INITIALIZER, widenedTensor(half, textOf(value, NODE_OUTPUT)));
    const name = number === GRAPH_INITIALIZER ? textOf(value, TENSOR_NAME) : '';
    return halves.has(name) && !needed.has(name) ? [] : [own];
  });
  return joined(changed);
}

interface Halves {
  readonly dims: readonly number[];
  readonly raw: Uint8Array;
}

/** The constants in half precision; what is an input too is a default, not a constant. */
function halvesIn(initializers: readonly Uint8Array[], inputs: ReadonlySet<string>): Map<string, Halves> {
  const halves = new Map<string, Halves>();
  for (const tensor of initializers) {
    const name = textOf(tensor, TENSOR_NAME);
    const [raw] = valuesOf(tensor, TENSOR_RAW);
    if (!raw || inputs.has(name) || numbersOf(tensor, TENSOR_TYPE)[0] !== FLOAT16) continue;
    halves.set(name, { dims: numbersOf(tensor, TENSOR_DIMS), raw });
  }
  return halves;
}

function widenedTensor({ dims, raw }: Halves, name: string): Uint8Array[] {
  // A copy begins where halves may.
  const values = fromFloat16(new Uint16Array(raw.slice().buffer));
  return [
    ...dims.map((length) => whole(TENSOR_DIMS, length)),
    whole(TENSOR_TYPE, FLOAT32),
    ...delimitedParts(TENSOR_NAME, [new TextEncoder().encode(name)]),
    ...delimitedParts(TENSOR_RAW, [new Uint8Array(values.buffer)]),
  ];
}
