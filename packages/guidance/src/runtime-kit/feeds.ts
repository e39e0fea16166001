import { GuidanceError } from '../errors.js';
import type { DataType, HostArray, Port } from '../runtime.js';
import type { Tensor } from '../tensor.js';

/** What `Graph.run` takes. @category Runtime */
export type Feeds = Readonly<Record<string, Tensor | HostArray>>;

/**
 * Compares feeds with the inputs of a graph: names, shapes, and numbers of whole types.
 *
 * @throws GRAPH_INPUT naming the input, what it expects and what it got.
 *
 * @example
 * const inputs: Port[] = [{ name: 'timestep', type: 'int64', shape: [] }];
 * checkFeeds('denoiser', inputs, { timestep: { data: [981], shape: [] } });
 * @category Runtime
 */
export function checkFeeds(graph: string, inputs: readonly Port[], feeds: Feeds): void {
  checkFeedNames(graph, inputs, feeds);
  for (const port of inputs) {
    const value = feeds[port.name]!;
    const { shape } = value;
    checkFeedShape(graph, port, shape, 'data' in value ? value.data.length : undefined);
    if ('data' in value) checkWholeNumbers(graph, port, value.data);
  }
}

/** Every input is fed and nothing else. @throws GRAPH_INPUT @category Runtime */
export function checkFeedNames(graph: string, inputs: readonly Port[], feeds: Feeds): void {
  if (inputs.every(({ name }) => feeds[name]) && Object.keys(feeds).length === inputs.length) return;
  const names = inputs.map(({ name }) => name);
  for (const name of Object.keys(feeds)) {
    if (names.includes(name)) continue;
    refuse(graph, name, `is no input of the graph; it has ${names.join(', ')}. Feed only those.`, { inputs: names });
  }
  const missing = names.find((name) => !feeds[name])!;
  refuse(graph, missing, `was not fed; the graph needs ${names.join(', ')}.`, { inputs: names });
}

/**
 * A shape fits an input's, and has as many numbers as there are.
 *
 * @param numbers - How many there are, where they are at hand.
 * @throws GRAPH_INPUT
 * @category Runtime
 */
export function checkFeedShape(graph: string, port: Port, shape: readonly number[], numbers?: number): void {
  let size = 1;
  let fits = shape.length === port.shape.length;
  for (let axis = 0; axis < shape.length; axis++) {
    const extent = shape[axis]!;
    const expected = port.shape[axis];
    size *= extent;
    if (typeof expected === 'number' && extent !== expected) fits = false;
  }
  const count = numbers ?? size;
  if (fits && size === count) return;
  const received = size === count ? '' : ` with ${count} numbers`;
  refuse(graph, port.name, `expects ${formatShape(port.shape)} but got ${formatShape(shape)}${received}.`, {
    expected: port.shape,
    received: shape,
    numbers: count,
  });
}

const BOUNDS: Partial<Readonly<Record<DataType, readonly [number, number]>>> = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
};

/** Numbers for an input of a whole type are whole and within its range; other types take any. @throws GRAPH_INPUT @category Runtime */
export function checkWholeNumbers(graph: string, { name, type }: Port, data: HostArray['data']): void {
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
