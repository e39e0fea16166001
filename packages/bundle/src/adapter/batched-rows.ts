import { type Graph, GuidanceError, type HostArray, type Tensor, type TensorOps } from '@sega/guidance';

/** What a network is fed when its batch is a list of rows. @internal */
export interface RowFeeds {
  /** Tensors whose first axis is the row. */
  readonly tensors?: Readonly<Record<string, Tensor>>;
  /** Host numbers whose first axis is the row. */
  readonly arrays?: Readonly<Record<string, HostArray>>;
  /** What all rows share. */
  readonly shared?: Readonly<Record<string, HostArray>>;
}

/**
 * One output of a network on many rows, in as few runs as the graph and the bound allow.
 *
 * A graph exported with a fixed batch runs in groups of exactly that size; the last group is filled up with copies of
 * its last row, whose outputs are dropped. Otherwise rows are split evenly into groups of at most `maxRows`, one for each
 * of the graph's lanes if there are enough.
 *
 * @throws GRAPH_INPUT when inputs fix different batches.
 * @internal
 */
export async function runRows(
  graph: Graph,
  output: string,
  feeds: RowFeeds,
  maxRows: number,
  ops: TensorOps,
): Promise<Tensor> {
  return (await runRowOutputs(graph, [output], feeds, maxRows, ops))[0]!;
}

/** {@link runRows} for several outputs, in the order of their names. @throws GRAPH_INPUT @internal */
export async function runRowOutputs(
  graph: Graph,
  outputs: readonly string[],
  feeds: RowFeeds,
  maxRows: number,
  ops: TensorOps,
): Promise<readonly Tensor[]> {
  const { tensors = {}, arrays = {}, shared = {} } = feeds;
  const rows = [...Object.values(tensors), ...Object.values(arrays)][0]?.shape[0] ?? 0;
  const fixed = fixedBatch(graph, [...Object.keys(tensors), ...Object.keys(arrays)]);
  const { lanes = 1 } = graph;
  const size = fixed ?? Math.ceil(rows / Math.max(Math.ceil(rows / maxRows), Math.min(lanes, rows)));
  if (rows === size) {
    const results = await graph.run({ ...tensors, ...arrays, ...shared }, ops);
    return outputs.map((output) => results[output]!);
  }
  const starts = Array.from({ length: Math.ceil(rows / size) }, (_, group) => group * size);
  const parts = await inLanes(lanes, starts, async (start) => {
    const end = Math.min(start + size, rows);
    const pad = fixed ? size - (end - start) : 0;
    const group = {
      ...mapValues(tensors, (tensor) => tensorRows(tensor, start, end, pad, ops)),
      ...mapValues(arrays, (array) => arrayRows(array, start, end, pad)),
      ...shared,
    };
    const results = await graph.run(group, ops);
    return outputs.map((output) => (pad ? ops.slice(results[output]!, 0, end - start) : results[output]!));
  });
  return outputs.map((_, i) => (parts.length === 1 ? parts[0]![i]! : ops.concat(parts.map((part) => part[i]!))));
}

/** Runs on each item, as many at once as there are lanes; the results in the order of the items. @internal */
export async function inLanes<T, R>(lanes: number, items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let start = 0; start < items.length; start += lanes) {
    results.push(...(await Promise.all(items.slice(start, start + lanes).map(run))));
  }
  return results;
}

/** The batch a graph was exported with, if it is fixed. @internal */
export function fixedBatch(graph: Graph, names: readonly string[]): number | undefined {
  const extents = graph.inputs
    .filter(({ name }) => names.includes(name))
    .map(({ shape }) => shape[0])
    .filter((extent): extent is number => typeof extent === 'number');
  const [batch] = extents;
  if (extents.every((extent) => extent === batch)) return batch;
  throw new GuidanceError(
    'GRAPH_INPUT',
    `The graph fixes different batches for its inputs: ${extents.join(', ')}. Export it with one batch, best a free one.`,
    { inputs: graph.inputs },
  );
}

function tensorRows(x: Tensor, start: number, end: number, pad: number, ops: TensorOps): Tensor {
  const part = ops.slice(x, start, end);
  return pad === 0 ? part : ops.concat([part, ...Array<Tensor>(pad).fill(ops.slice(x, end - 1, end))]);
}

function arrayRows({ data, shape }: HostArray, start: number, end: number, pad: number): HostArray {
  const [rows = 1, ...rest] = shape;
  const size = data.length / rows;
  const part = Array.from(data.slice(start * size, end * size));
  const last = part.slice(part.length - size);
  for (let i = 0; i < pad; i++) part.push(...last);
  return { data: part, shape: [end - start + pad, ...rest] };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, apply: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, apply(value)]));
}
