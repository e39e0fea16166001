import type { DataType, GuidanceError, HostArray, Tensor, TensorOps } from '@sega/guidance';
import type * as OnnxRuntime from 'onnxruntime-web';
import type { Ort } from './onnxruntime.js';

/** @internal */
export interface Prepared {
  readonly model: Uint8Array;
  readonly options: OnnxRuntime.InferenceSession.SessionOptions;
}

/** Tensor arithmetic and tensors at networks' ports, on one device. @internal */
export interface Engine {
  readonly ort: Ort;
  readonly device: 'webgpu' | 'wasm';
  readonly threads: number;
  readonly float16: boolean;
  /** Bytes tensors hold on the device. */
  readonly liveBytes: number;
  /** What a session is made of: a network's bytes, mended where this device needs it, and options. */
  prepare(model: Uint8Array): Prepared;
  createOps(): TensorOps;
  /** What a port of the type is fed; `free` after the run. */
  feed(value: Tensor | HostArray, type: DataType): { readonly tensor: OnnxRuntime.Tensor; free?(): void };
  /** What a network gave, as a float32 tensor of the run. */
  receive(tensor: OnnxRuntime.Tensor, ops: TensorOps): Tensor;
  read(tensor: Tensor): Promise<Float32Array>;
  /** Before a network runs: submits what was recorded and waits for the run before. More in flight would only hide how far the device has come. */
  settle(): Promise<void>;
  /** After a network has run. */
  ran(): void;
  /** @throws DEVICE_LOST, OUT_OF_MEMORY, GRAPH_RUN when the device has failed since it was opened. */
  check(): void;
  /** What the device has failed with, once {@link check} has thrown it: nothing can be done here any more. */
  readonly toldFailure: GuidanceError | undefined;
  dispose(): void;
}
