import { CpuTensor } from '@sega/guidance';
import { fromFloat16 } from './float16.js';
import type { TensorMessage } from './session-protocol.js';
import { isShared } from './shared-feeds.js';

/** A graph's outputs as float32 tensors that own their arrays. @internal */
export function unpackOutputs(outputs: readonly TensorMessage[]): Record<string, CpuTensor> {
  const tensors: Record<string, CpuTensor> = {};
  for (const output of outputs) tensors[output.name] = new CpuTensor(output.shape, toFloat32(output));
  return tensors;
}

function toFloat32({ type, data }: TensorMessage): Float32Array {
  if (data instanceof Float32Array) return isShared(data) ? new Float32Array(data) : data;
  // Where Float16Array exists, ONNX Runtime gives one instead of the bit patterns.
  if (type === 'float16') return fromFloat16(new Uint16Array(data.buffer, data.byteOffset, data.length));
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}
