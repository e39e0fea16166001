import type { ErrorCode, HostArray, Port, TensorOps } from '@sega/guidance';

/** A tensor of the host, by its number. @internal */
export interface TensorRef {
  readonly tensor: number;
}

/** Tensor arithmetic asked for: of the run `ops`, what to do, with what, and the number its result goes by. @internal */
export interface Command {
  readonly ops: number;
  readonly method: keyof TensorOps;
  readonly parameters: readonly unknown[];
  readonly result?: number;
  /** Tensors whose numbers go out of use with this. */
  readonly freed?: readonly number[];
}

/** Where networks and arithmetic may run. @internal */
export type DeviceChoice = 'auto' | 'webgpu' | 'wasm';

/** What a host is opened with. @internal */
export interface HostOptions {
  readonly device: DeviceChoice;
  readonly threads: number | undefined;
  readonly assets: string | undefined;
  /** Address of the WebAssembly itself, in the place of one in `assets`. */
  readonly wasm?: string;
}

/** Where a runtime's networks run. @category Runtime */
export interface HostDescription {
  readonly device: 'webgpu' | 'wasm';
  /** Threads networks may use on the processor. */
  readonly threads: number;
  /** Whether networks in float16 are worth loading: the graphics device computes in it. */
  readonly float16: boolean;
}

/** What the page asks of the host, each after the commands recorded before. @internal */
export type Request =
  | { readonly kind: 'open'; readonly options: HostOptions }
  | { readonly kind: 'load'; readonly name: string; readonly location: string }
  | {
      readonly kind: 'run';
      readonly graph: number;
      readonly ops: number;
      readonly feeds: Readonly<Record<string, TensorRef | HostArray>>;
      /** Numbers for the outputs, in the graph's order. */
      readonly results: readonly number[];
    }
  | { readonly kind: 'read'; readonly tensor: number }
  | { readonly kind: 'release'; readonly graph: number }
  | { readonly kind: 'memory' }
  | { readonly kind: 'files' }
  | { readonly kind: 'commands' }
  | { readonly kind: 'close' };

/** What the host answers to each kind of request. @internal */
export interface Replies {
  readonly open: HostDescription;
  readonly load: { readonly graph: number; readonly inputs: readonly Port[]; readonly outputs: readonly Port[] };
  readonly run: { readonly shapes: readonly (readonly number[])[]; readonly milliseconds: number };
  readonly read: Float32Array;
  readonly release: undefined;
  /** Bytes tensors hold on the device. */
  readonly memory: number;
  /** Addresses of what the host has fetched, its own script among it. */
  readonly files: readonly string[];
  readonly commands: undefined;
  readonly close: undefined;
}

/** An error on its way between the threads. @internal */
export interface Failure {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Bytes of a network loaded so far. @category Runtime */
export interface LoadProgress {
  /** The graph's name: component and file. */
  readonly name: string;
  readonly loadedBytes: number;
  /** Undefined while the server has not said. */
  readonly totalBytes: number | undefined;
}

/** @internal */
export interface RequestMessage {
  readonly id: number;
  readonly commands: readonly Command[];
  readonly request: Request;
}

/** @internal */
export type ReplyMessage =
  | { readonly id: number; readonly value: Replies[keyof Replies] }
  | { readonly id: number; readonly failure: Failure }
  | { readonly id: number; readonly progress: LoadProgress };
