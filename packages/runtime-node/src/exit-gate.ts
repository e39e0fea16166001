import { BUSY, CLOSED, IDLE } from './session-protocol.js';

const gates = new Set<Int32Array>();

/**
 * A word shared with a worker that says whether native code is running there.
 *
 * Node tears workers down when the process exits, and tearing one down inside ONNX Runtime aborts the process. So the
 * exit waits for the call in flight, and the worker starts no other.
 *
 * @internal
 */
export function openGate(): Int32Array {
  if (gates.size === 0) process.on('exit', closeAll);
  const gate = new Int32Array(new SharedArrayBuffer(4));
  gates.add(gate);
  return gate;
}

/** Forgets a gate whose worker has ended. @internal */
export function forgetGate(gate: Int32Array): void {
  gates.delete(gate);
  if (gates.size === 0) process.off('exit', closeAll);
}

function closeAll(): void {
  for (const gate of gates) {
    while (Atomics.compareExchange(gate, 0, IDLE, CLOSED) === BUSY) Atomics.wait(gate, 0, BUSY);
  }
}
