import { CpuTensor, type Tensor, type TensorOps } from '@sega/guidance';
import { fromFloat16 } from '@sega/guidance/runtime-kit';
import type { TensorMessage } from './session-protocol.js';
import { isShared } from './shared-feeds.js';

/** A graph's outputs as float32 tensors: what both threads see is copied to tensors of `ops`, the rest owns its arrays. @internal */
export function unpackOutputs(outputs: readonly TensorMessage[], ops: TensorOps): Record<string, Tensor> {
  const tensors: Record<string, Tensor> = {};
  for (const { name, type, data, shape } of outputs) {
    tensors[name] =
      data instanceof Float32Array && isShared(data)
        ? ops.fromArray(data, shape)
        : new CpuTensor(shape, toFloat32(type, data));
  }
  return tensors;
}

function toFloat32(type: TensorMessage['type'], data: TensorMessage['data']): Float32Array {
  if (data instanceof Float32Array) return data;
  // Where Float16Array exists, ONNX Runtime gives one instead of the bit patterns.
  if (type === 'float16') return fromFloat16(new Uint16Array(data.buffer, data.byteOffset, data.length));
  return Float32Array.from(data as ArrayLike<number | bigint>, Number);
}
