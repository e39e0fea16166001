import { CpuTensor, cpuOps, type DataType, type HostArray, type Tensor, type TensorOps } from '@sega/guidance';
import { simdKernels } from '@sega/guidance/simd';
import type * as OnnxRuntime from 'onnxruntime-web';
import type { Engine, Prepared } from './engine.js';
import type { Ort } from './onnxruntime.js';
import { fromPortNumbers, toPortNumbers } from './port-numbers.js';
import { spareCasts } from './spare-casts.js';

/** Networks and arithmetic in WebAssembly. @internal */
export class WasmEngine implements Engine {
  readonly device = 'wasm';
  // Its kernels compute in float32: halves would only be converted again and again.
  readonly float16 = false;
  readonly liveBytes = 0;
  readonly toldFailure = undefined;
  readonly ort: Ort;
  readonly threads: number;

  constructor(ort: Ort, threads: number) {
    this.ort = ort;
    this.threads = threads;
  }

  prepare(model: Uint8Array): Prepared {
    return {
      model: spareCasts(model),
      options: { executionProviders: ['wasm'], graphOptimizationLevel: 'all' },
    };
  }

  createOps(): TensorOps {
    return cpuOps(simdKernels());
  }

  feed(value: Tensor | HostArray, type: DataType): { tensor: OnnxRuntime.Tensor } {
    const { data, shape } = value as CpuTensor | HostArray;
    return { tensor: new this.ort.Tensor(type as 'float32', toPortNumbers(data, type) as Float32Array, shape) };
  }

  receive({ data, dims }: OnnxRuntime.Tensor): Tensor {
    return new CpuTensor(dims, fromPortNumbers(data as Float32Array));
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    return (tensor as CpuTensor).data.slice();
  }

  async settle(): Promise<void> {}

  ran(): void {}

  check(): void {}

  dispose(): void {}
}
