import { type DataType, GuidanceError, type HostArray, type Port, type Tensor } from '@sega/guidance';

const TYPES: readonly string[] = ['float32', 'float16', 'int32', 'int64', 'bool', 'uint8'] satisfies DataType[];

/** A port as ONNX Runtime describes it. @internal */
export interface PortDescription {
  readonly name: string;
  /** Absent when the port is no tensor. */
  readonly type?: string;
  readonly shape?: readonly (number | string)[];
}

/** The ports of a graph from ONNX Runtime's description. @throws GRAPH_LOAD for a type no tensor converts to. @internal */
export function portsOf(graph: string, direction: 'input' | 'output', ports: readonly PortDescription[]): Port[] {
  return ports.map(({ name, type, shape }) => {
    if (type !== undefined && shape && TYPES.includes(type)) return { name, type: type as DataType, shape };
    throw new GuidanceError(
      'GRAPH_LOAD',
      `${graph}: ${direction} "${name}" is ${type ? `of type ${type}` : 'not a tensor'}; ` +
        `graphs may use ${TYPES.join(', ')}. Export the model with one of these.`,
      { graph, [direction]: name, type },
    );
  });
}

/** What `Graph.run` takes. @internal */
export type Feeds = Readonly<Record<string, Tensor | HostArray>>;

/** @throws GRAPH_INPUT naming the input, what it expects and what it got. @internal */
export function checkFeeds(graph: string, inputs: readonly Port[], feeds: Feeds): void {
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(feeds)) {
    if (names.includes(name)) continue;
    refuse(graph, name, `is no input of the graph; it has ${names.join(', ')}. Feed only those.`, { inputs: names });
  }
  for (const port of inputs) {
    const { name } = port;
    const value = feeds[name];
    if (!value) refuse(graph, name, `was not fed; the graph needs ${names.join(', ')}.`, { inputs: names });
    checkShape(graph, port, value);
    if ('data' in value) checkWhole(graph, port, value.data);
  }
}

function checkShape(graph: string, port: Port, value: Tensor | HostArray): void {
  const { shape } = value;
  const fits =
    shape.length === port.shape.length &&
    port.shape.every((extent, axis) => typeof extent === 'string' || extent === shape[axis]);
  const size = shape.reduce((product, extent) => product * extent, 1);
  const numbers = 'data' in value ? value.data.length : size;
  if (fits && size === numbers) return;
  const received = size === numbers ? '' : ` with ${numbers} numbers`;
  refuse(graph, port.name, `expects ${formatShape(port.shape)} but got ${formatShape(shape)}${received}.`, {
    expected: port.shape,
    received: shape,
    numbers,
  });
}

const BOUNDS: Partial<Readonly<Record<DataType, readonly [number, number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
};

function checkWhole(graph: string, { name, type }: Port, data: HostArray['data']): void {
  const bounds = BOUNDS[type];
  if (!bounds) return;
  for (const value of data) {
    if (Number.isInteger(value) && value >= bounds[0] && value <= bounds[1]) continue;
    refuse(graph, name, `takes ${type} numbers but got ${value}. Round it or convert the graph.`, { value, type });
  }
}

function formatShape(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? 'scalar' : `[${shape.join(', ')}]`;
}

function refuse(graph: string, input: string, problem: string, details: Record<string, unknown>): never {
  throw new GuidanceError('GRAPH_INPUT', `${graph}: input "${input}" ${problem}`, { graph, input, ...details });
}
