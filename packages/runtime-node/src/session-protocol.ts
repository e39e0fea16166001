import type { DataType } from '@sega/guidance';
import type { PortDescription } from '@sega/guidance/runtime-kit';

/** The arrays ONNX Runtime takes and gives for each element type. @internal */
export type PortArray = Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;

/** Bytes up to which an array's numbers are copied through memory both threads see; larger ones are handed over. @internal */
export const SMALL: number = 2 ** 18;

/** One tensor on its way between the threads. @internal */
export interface TensorMessage {
  readonly name: string;
  readonly type: DataType;
  /** In memory both threads see, it holds for later runs as well, with the numbers it has then. */
  readonly data: PortArray;
  readonly shape: readonly number[];
}

/** What the main thread asks of the worker. @internal */
export type Request =
  | { readonly kind: 'load'; readonly path: string; readonly threads: number }
  /** An input without a feed is the one sent to this session before. `apart` leaves the arrays of other runs' outputs alone. */
  | {
      readonly kind: 'run';
      readonly session: number;
      readonly feeds: readonly TensorMessage[];
      readonly apart?: boolean;
    }
  | { readonly kind: 'release'; readonly session: number }
  | { readonly kind: 'close' };

/** What the worker answers to each kind of request. @internal */
export interface Replies {
  readonly load: {
    readonly session: number;
    readonly inputs: readonly PortDescription[];
    readonly outputs: readonly PortDescription[];
  };
  /**
   * `start` and `end` are milliseconds of the wall clock, which all threads share. Without outputs, they lie in the shared
   * arrays the session sent before.
   */
  readonly run: { readonly outputs: readonly TensorMessage[]; readonly start: number; readonly end: number };
  readonly release: undefined;
  readonly close: undefined;
}

/** Where a request failed: loading ONNX Runtime itself, or the request. @internal */
export interface Failure {
  readonly where: 'onnxruntime' | 'request';
  readonly message: string;
}

/** A reply with the number of its request. @internal */
export type Reply =
  | { readonly id: number; readonly value: Replies[keyof Replies] }
  | { readonly id: number; readonly failure: Failure };

/**
 * Words both threads see. `RUNG` counts requests, the session thread sleeps on it. `AGAIN` is a session to run without a
 * message, or 0, and `REQUEST` the number of that request; `ANSWERED` is the last such request that succeeded.
 *
 * @internal
 */
export const RUNG = 0;
/** @internal */
export const AGAIN = 1;
/** @internal */
export const REQUEST = 2;
/** @internal */
export const ANSWERED = 3;

/** States of a further word both threads see: what keeps a process from exiting while native code runs. @internal */
export const IDLE = 0;
/** @internal */
export const BUSY = 1;
/** @internal */
export const CLOSED = 2;
