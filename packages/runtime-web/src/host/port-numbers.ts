import type { DataType, HostArray } from '@sega/guidance';
import { toFloat16 } from '@sega/guidance/runtime-kit';

type PortNumbers = Float32Array | Uint16Array | Int32Array | BigInt64Array | Uint8Array;

/** Host numbers in the array ONNX Runtime takes for a type; whole numbers were checked before. @internal */
export function toPortNumbers(data: HostArray['data'], type: DataType): PortNumbers {
  switch (type) {
    case 'float32':
      return data instanceof Float32Array ? data : Float32Array.from(data);
    case 'float16':
      return toFloat16(data);
    case 'bool':
      return Uint8Array.from(data, (value) => (value === 0 ? 0 : 1));
    case 'int64':
      return BigInt64Array.from(Array.from(data, BigInt));
    case 'int32':
      return Int32Array.from(data);
    case 'uint8':
      return Uint8Array.from(data);
  }
}

/** The way back, to float32. @internal */
export function fromPortNumbers(data: ArrayLike<number | bigint>): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data as ArrayLike<number>, Number);
}
