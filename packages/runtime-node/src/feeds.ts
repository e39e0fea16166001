import { CpuTensor, GuidanceError, type HostArray, type Port, type Tensor } from '@sega/guidance';
import { toFloat16 } from './float16.js';
import { formatShape } from './ports.js';
import type { PortArray, TensorMessage } from './session-protocol.js';

/** What `Graph.run` takes. @internal */
export type Feeds = Readonly<Record<string, Tensor | HostArray>>;

/**
 * Feeds checked against the graph's inputs, in arrays of the types they declare, ready to be posted.
 *
 * Tensors never change, so one that was fed to the same input just before is not sent again: in a step loop the encoded
 * texts are by far the largest input, and stay the same.
 *
 * @param last - What was fed before, by input; brought up to date.
 * @throws GRAPH_INPUT naming the input, what it expects and what it got.
 * @internal
 */
export function packFeeds(
  graph: string,
  inputs: readonly Port[],
  feeds: Feeds,
  last: Map<string, Tensor | HostArray>,
): TensorMessage[] {
  const isComplete = inputs.every(({ name }) => feeds[name]) && Object.keys(feeds).length === inputs.length;
  if (!isComplete) refuseNames(graph, inputs, feeds);
  const packed = inputs.flatMap((port): TensorMessage[] => {
    const feed = feeds[port.name] as CpuTensor | HostArray;
    if (feed instanceof CpuTensor && last.get(port.name) === feed) return [];
    const { data, shape } = feed;
    checkShape(graph, port, shape, data.length);
    return [{ name: port.name, type: port.type, data: convert(graph, port, data), shape }];
  });
  for (const { name } of inputs) last.set(name, feeds[name]!);
  return packed;
}

function refuseNames(graph: string, inputs: readonly Port[], feeds: Feeds): void {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(feeds)) {
    if (names.includes(name)) continue;
    refuse(graph, name, `is no input of the graph; it has ${names.join(', ')}. Feed only those.`, { inputs: names });
  }
  for (const name of names) {
    if (!feeds[name]) refuse(graph, name, `was not fed; the graph needs ${names.join(', ')}.`, { inputs: names });
  }
}

function checkShape(graph: string, port: Port, shape: readonly number[], numbers: number): void {
  let size = 1;
  let fits = shape.length === port.shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis]!;
    const expected = port.shape[axis];
    size *= extent;
    if (typeof expected === 'number' && extent !== expected) fits = false;
  }
  if (fits && size === numbers) return;
  const received = size === numbers ? '' : ` with ${numbers} numbers`;
  refuse(graph, port.name, `expects ${formatShape(port.shape)} but got ${formatShape(shape)}${received}.`, {
    expected: port.shape,
    received: shape,
    numbers,
  });
}

function convert(graph: string, port: Port, data: HostArray['data']): PortArray {
  switch (port.type) {
    case 'float32':
      // Posting copies what it is given, and the whole buffer of a view.
      return data instanceof Float32Array && data.length * 4 === data.buffer.byteLength ? data : new Float32Array(data);
    case 'float16':
      return toFloat16(data);
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    default:
      return integers(graph, port, data);
  }
}

const BOUNDS = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
} as const;

function integers(graph: string, port: Port, data: HostArray['data']): PortArray {
  const type = port.type as keyof typeof BOUNDS;
  const [low, high] = BOUNDS[type];
  for (const value of data) {
    if (Number.isInteger(value) && value >= low && value <= high) continue;
    refuse(graph, port.name, `takes ${type} numbers but got ${value}. Round it or convert the graph.`, { value, type });
  }
  if (type === 'int64') {
    const whole = new BigInt64Array(data.length);
    for (let i = 0; i < whole.length; i++) whole[i] = BigInt(data[i]!);
    return whole;
  }
  return type === 'int32' ? Int32Array.from(data) : Uint8Array.from(data);
}

function refuse(graph: string, input: string, problem: string, details: Record<string, unknown>): never {
  throw new GuidanceError('GRAPH_INPUT', `${graph}: input "${input}" ${problem}`, { graph, input, ...details });
}
