import { type DataType, GuidanceError, type HostArray, type Tensor, type TensorOps } from '@sega/guidance';
import { sizeOf } from '@sega/guidance/runtime-kit';
import type * as OnnxRuntime from 'onnxruntime-web';
import { GpuOps } from '../gpu/gpu-ops.js';
import { GpuTensor } from '../gpu/gpu-tensor.js';
import { PACK, type PackedType, wordsOf } from '../gpu/kernels/convert.js';
import { gridOf } from '../gpu/kernels/elementwise.js';
import { Recorder } from '../gpu/recorder.js';
import type { Engine, Prepared } from './engine.js';
import { mendModel } from './mend-model.js';
import { type Ort, outOfMemory } from './onnxruntime.js';
import { toPortNumbers } from './port-numbers.js';

const FEATURES = ['shader-f16', 'subgroups'] as const;

const LIMITS = [
  'maxBufferSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupSizeZ',
  'maxComputeWorkgroupStorageSize',
  'maxStorageBufferBindingSize',
  'maxStorageBuffersPerShaderStage',
] as const;

/** A device with all that networks ask for; undefined where the browser offers none. @internal */
export async function requestDevice(): Promise<GPUDevice | undefined> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: 'high-performance' }).catch(() => null);
  return adapter?.requestDevice({
    requiredFeatures: FEATURES.filter((feature) => adapter.features.has(feature)),
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
}

/** Networks and arithmetic on one WebGPU device; tensors never leave it but to be read. @internal */
export class GpuEngine implements Engine {
  readonly device = 'webgpu';
  readonly threads: number;
  readonly float16: boolean;
  readonly ort: Ort;
  readonly #device: GPUDevice;
  readonly #recorder: Recorder;
  readonly #memory = { liveBytes: 0 };
  #failure: GuidanceError | undefined;
  #toldFailure: GuidanceError | undefined;
  #inFlight: Promise<unknown> = Promise.resolve();

  constructor(ort: Ort, device: GPUDevice, threads: number) {
    this.ort = ort;
    this.threads = threads;
    this.float16 = device.features.has('shader-f16');
    this.#recorder = new Recorder(device);
    this.#device = device;
    device.addEventListener('uncapturederror', ({ error }) => {
      this.#failure ??=
        error instanceof GPUOutOfMemoryError
          ? outOfMemory('The graphics device', error.message)
          : failed(error.message);
    });
    void device.lost.then(({ reason, message }) => {
      this.#failure = lost(reason, message);
    });
  }

  prepare(model: Uint8Array): Prepared {
    const { model: mended, onProcessor } = mendModel(model);
    // Given by the option and not by `env`, which this version ignores.
    const provider = {
      name: 'webgpu',
      device: this.#device,
      ...(onProcessor.length > 0 && { forceCpuNodeNames: onProcessor }),
    };
    return {
      model: mended,
      options: {
        executionProviders: [provider as OnnxRuntime.InferenceSession.WebGpuExecutionProviderOption],
        graphOptimizationLevel: 'all',
        preferredOutputLocation: 'gpu-buffer',
      },
    };
  }

  get liveBytes(): number {
    return this.#memory.liveBytes;
  }

  createOps(): GpuOps {
    return new GpuOps(this.#recorder, this.#memory);
  }

  feed(value: Tensor | HostArray, type: DataType): { tensor: OnnxRuntime.Tensor; free?(): void } {
    if (!(value instanceof GpuTensor)) {
      const { data, shape } = value as HostArray;
      return { tensor: new this.ort.Tensor(type as 'float32', toPortNumbers(data, type) as Float32Array, shape) };
    }
    const wrap = (buffer: GPUBuffer): OnnxRuntime.Tensor =>
      this.ort.Tensor.fromGpuBuffer(buffer, { dataType: type as 'float32', dims: [...value.shape] });
    if (type === 'float32') return { tensor: wrap(value.buffer) };
    const buffer = this.#pack(value, type);
    return { tensor: wrap(buffer), free: () => buffer.destroy() };
  }

  #pack(x: GpuTensor, type: PackedType): GPUBuffer {
    const words = wordsOf(type, x.size);
    const buffer = this.#recorder.device.createBuffer({
      size: Math.max(16, Math.ceil(words / 4) * 16),
      usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
    });
    this.#recorder.dispatch(PACK[type], [words, x.size], [x.buffer, buffer], gridOf(words));
    return buffer;
  }

  receive(tensor: OnnxRuntime.Tensor, ops: TensorOps): Tensor {
    const own = ops as GpuOps;
    const { type, dims } = tensor;
    if (tensor.location !== 'gpu-buffer') {
      return own.fromArray(Float32Array.from(tensor.data as Float32Array, Number), dims);
    }
    const raw = new GpuTensor(dims, tensor.gpuBuffer as GPUBuffer);
    if (type === 'float32') return own.adopt(raw, () => tensor.dispose());
    const unpacked = own.unpack(raw, type as PackedType);
    this.#recorder.flush();
    tensor.dispose();
    return unpacked;
  }

  async read(tensor: Tensor): Promise<Float32Array> {
    this.check();
    const { buffer, shape } = tensor as GpuTensor;
    try {
      return await this.#recorder.read(buffer, sizeOf(shape));
    } catch (error) {
      // Mapping fails when the device is lost; the reason arrives a little later.
      await Promise.race([this.#recorder.device.lost, new Promise((resolve) => setTimeout(resolve, 100))]);
      this.check();
      throw error;
    } finally {
      this.check();
    }
  }

  async settle(): Promise<void> {
    this.#recorder.flush();
    await this.#inFlight;
    this.check();
  }

  ran(): void {
    this.#inFlight = this.#recorder.device.queue.onSubmittedWorkDone();
  }

  check(): void {
    this.#toldFailure = this.#failure;
    if (this.#failure) throw this.#failure;
  }

  get toldFailure(): GuidanceError | undefined {
    return this.#toldFailure;
  }

  dispose(): void {
    this.#recorder.dispose();
    this.#recorder.device.destroy();
  }
}

function lost(reason: string, message: string): GuidanceError {
  return new GuidanceError(
    'DEVICE_LOST',
    `The graphics device was lost (${message || reason}). Dispose the model and load it again, which asks for a new device.`,
    { reason, message },
  );
}

function failed(message: string): GuidanceError {
  return new GuidanceError(
    'GRAPH_RUN',
    `The graphics device refused work: ${message} Dispose the model and load it again, which asks for a new device.`,
    { message },
  );
}
