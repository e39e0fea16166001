import type { Tensor } from '@sega/guidance';
import { sizeOf } from '@sega/guidance/runtime-kit';
import { GpuTensor } from './gpu-tensor.js';
import type { Recorder } from './recorder.js';

/** Bytes of device memory that tensors of all runs hold. @internal */
export interface MemoryCount {
  liveBytes: number;
}

interface Made {
  keepers: number;
  /** What to do with the buffer instead of using it again: it is another's. */
  readonly free: ((buffer: GPUBuffer) => void) | undefined;
}

// Networks read four numbers at a time.
const GRANULE = 16;

/**
 * The tensors of one run. Buffers of freed tensors serve later ones of the same size, so that a run allocates nothing
 * after its first steps.
 *
 * @internal
 */
export class BufferPool {
  readonly #recorder: Recorder;
  readonly #memory: MemoryCount;
  readonly #free: Map<number, GPUBuffer[]> = new Map();
  readonly #made: Map<Tensor, Made> = new Map();

  constructor(recorder: Recorder, memory: MemoryCount) {
    this.#recorder = recorder;
    this.#memory = memory;
  }

  /** A new tensor with unspecified contents. */
  make(shape: readonly number[]): GpuTensor {
    const tensor = new GpuTensor(shape, this.#take(sizeOf(shape)));
    this.#made.set(tensor, { keepers: 0, free: undefined });
    return tensor;
  }

  /** Lends a buffer to what `use` records; later work may use it again. */
  temporary<T>(size: number, use: (buffer: GPUBuffer) => T): T {
    const buffer = this.#take(size);
    try {
      return use(buffer);
    } finally {
      this.#give(buffer);
    }
  }

  /** Makes a tensor whose buffer is another's one of this run's. */
  adopt(tensor: GpuTensor, free: () => void): void {
    const bytes = tensor.buffer.size;
    this.#memory.liveBytes += bytes;
    this.#made.set(tensor, {
      keepers: 0,
      free: () => {
        this.#memory.liveBytes -= bytes;
        free();
      },
    });
  }

  keep(x: Tensor): void {
    const made = this.#made.get(x);
    if (made) made.keepers++;
  }

  release(x: Tensor): void {
    const made = this.#made.get(x);
    if (made && made.keepers > 0) made.keepers--;
  }

  /** Frees what nobody keeps. */
  endStep(): void {
    for (const [tensor, { keepers, free }] of this.#made) {
      if (keepers > 0) continue;
      this.#made.delete(tensor);
      const buffer = (tensor as GpuTensor).detach();
      if (free) free(buffer);
      else this.#give(buffer);
    }
  }

  dispose(): void {
    // A buffer destroyed before its commands are submitted would make them invalid.
    this.#recorder.flush();
    for (const made of this.#made.values()) made.keepers = 0;
    this.endStep();
    for (const buffer of [...this.#free.values()].flat()) {
      this.#memory.liveBytes -= buffer.size;
      buffer.destroy();
    }
    this.#free.clear();
  }

  #take(size: number): GPUBuffer {
    const bytes = Math.max(GRANULE, Math.ceil((size * 4) / GRANULE) * GRANULE);
    const free = this.#free.get(bytes)?.pop();
    if (free) return free;
    this.#memory.liveBytes += bytes;
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
    return this.#recorder.device.createBuffer({ size: bytes, usage });
  }

  #give(buffer: GPUBuffer): void {
    const free = this.#free.get(buffer.size);
    if (free) free.push(buffer);
    else this.#free.set(buffer.size, [buffer]);
  }
}
