import type { Tensor, TensorOps } from './tensor.js';

/** Element types a graph may declare. @category Runtime */
export type DataType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool' | 'uint8';

/**
 * One declared input or output of a graph.
 *
 * @category Runtime
 */
export interface Port {
  readonly name: string;
  readonly type: DataType;
  /** Fixed extents as numbers, free ones by name. An empty list is a scalar. */
  readonly shape: readonly (number | string)[];
}

/** Host numbers for an input that is not a tensor: token ids, timesteps, labels. Converted to the port's type. @category Runtime */
export interface HostArray {
  readonly data: readonly number[] | Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** Where a graph's bytes lie: a path or URL, with external weight files resolved beside it. @category Runtime */
export interface GraphSource {
  /** For messages: the component and file. */
  readonly name: string;
  /** A file path (Node) or an absolute URL (browser). */
  readonly location: string;
}

/**
 * A loaded network. Whatever element types its ports declare, tensors go in and come out as float32.
 *
 * @category Runtime
 */
export interface Graph {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** Runs carried out at the same time, for callers that can divide a batch; more are accepted and wait. Default 1. */
  readonly lanes?: number;
  /**
   * Runs the network once. What it returns lives as long as other tensors of `ops`: keep it to hold it beyond the step.
   *
   * @throws GRAPH_INPUT when an input is missing, unknown or of the wrong shape; GRAPH_RUN when the network fails.
   */
  run(feeds: Readonly<Record<string, Tensor | HostArray>>, ops: TensorOps): Promise<Readonly<Record<string, Tensor>>>;
  /** Frees the network. */
  dispose(): Promise<void>;
}

/**
 * Runs graphs and tensor arithmetic on some device. Adapters know a runtime only by this interface.
 *
 * @category Runtime
 */
export interface Runtime extends AsyncDisposable {
  readonly name: string;
  /** Milliseconds in which a network was running, or several at once, since the runtime was made. */
  readonly sessionMilliseconds: number;
  /** Whether networks that compute in float16 are worth loading: the device computes in it. Default: they are not. */
  float16?(): Promise<boolean>;
  /** Tensor arithmetic for one run. */
  createOps(): TensorOps;
  /** Loads a network. @throws GRAPH_LOAD when the file is missing, truncated or not a graph. */
  loadGraph(source: GraphSource): Promise<Graph>;
  /** Copies a tensor's numbers to the host, row-major. */
  read(tensor: Tensor): Promise<Float32Array>;
  /** Frees all it holds, networks included, when runs in flight are over. Once is enough, more do no harm. */
  dispose(): Promise<void>;
}
