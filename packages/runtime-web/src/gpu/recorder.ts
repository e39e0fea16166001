/** A compute shader: entry point `main`, its settings at binding 0, its buffers from binding 1 on. @internal */
export interface Kernel {
  /** Equal names mean equal code. */
  readonly name: string;
  readonly code: string;
}

/** Numbers a kernel is told: whole numbers as they are, fractions as {@link float}. @internal */
export type Settings = readonly number[];

const ALIGNMENT = 256;
const ARENA_BYTES = 64 * 1024;

const word = new Float32Array(1);
const wordBits = new Uint32Array(word.buffer);

/** The bits of a float32 as a whole number, for {@link Settings}. @internal */
export function float(value: number): number {
  word[0] = value;
  return wordBits[0]!;
}

/**
 * The work of a device, recorded in order and submitted at once.
 *
 * Kernels' settings share one buffer, written once for each submission. Whoever uses the queue for anything else, such
 * as running a network, flushes first.
 *
 * @internal
 */
export class Recorder {
  readonly device: GPUDevice;
  readonly #pipelines = new Map<string, GPUComputePipeline>();
  #arena: GPUBuffer;
  #settings: Uint32Array<ArrayBuffer>;
  #used = 0;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;

  constructor(device: GPUDevice) {
    this.device = device;
    this.#settings = new Uint32Array(ARENA_BYTES / 4);
    this.#arena = this.#makeArena(ARENA_BYTES);
  }

  /** Runs a kernel in a grid of workgroups. Buffers go to bindings 1, 2, … */
  dispatch(
    kernel: Kernel,
    settings: Settings,
    buffers: readonly GPUBuffer[],
    [x, y = 1, z = 1]: readonly [number, number?, number?],
  ): void {
    const { device } = this;
    const bytes = settings.length * 4;
    const offset = this.#reserve(bytes);
    this.#settings.set(settings, offset / 4);
    const pipeline = this.#pipeline(kernel);
    const group = device.createBindGroup({
      layout: pipeline.getBindGroupLayout(0),
      entries: [
        { binding: 0, resource: { buffer: this.#arena, offset, size: bytes } },
        ...buffers.map((buffer, i) => ({ binding: i + 1, resource: { buffer } })),
      ],
    });
    this.#encoder ??= device.createCommandEncoder();
    this.#pass ??= this.#encoder.beginComputePass();
    this.#pass.setPipeline(pipeline);
    this.#pass.setBindGroup(0, group);
    this.#pass.dispatchWorkgroups(x, y, z);
  }

  /** Copies bytes between two buffers. */
  copy(from: GPUBuffer, fromOffset: number, to: GPUBuffer, toOffset: number, bytes: number): void {
    if (bytes === 0) return;
    this.#endPass();
    this.#encoder ??= this.device.createCommandEncoder();
    this.#encoder.copyBufferToBuffer(from, fromOffset, to, toOffset, bytes);
  }

  /** Fills a buffer with zeros. */
  clear(buffer: GPUBuffer): void {
    this.#endPass();
    this.#encoder ??= this.device.createCommandEncoder();
    this.#encoder.clearBuffer(buffer);
  }

  /** Writes host numbers to the front of a buffer, after all that was recorded before. */
  write(buffer: GPUBuffer, data: Float32Array): void {
    this.flush();
    this.device.queue.writeBuffer(buffer, 0, data as Float32Array<ArrayBuffer>);
  }

  /** The first `count` numbers of a buffer, after all that was recorded before. */
  async read(buffer: GPUBuffer, count: number): Promise<Float32Array> {
    if (count === 0) return new Float32Array(0);
    const staging = this.device.createBuffer({
      size: count * 4,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    try {
      this.copy(buffer, 0, staging, 0, count * 4);
      this.flush();
      await staging.mapAsync(GPUMapMode.READ);
      return new Float32Array(staging.getMappedRange().slice(0));
    } finally {
      staging.destroy();
    }
  }

  /** Submits what was recorded. */
  flush(): void {
    this.#endPass();
    if (!this.#encoder) return;
    const { queue } = this.device;
    if (this.#used > 0) queue.writeBuffer(this.#arena, 0, this.#settings, 0, this.#used / 4);
    queue.submit([this.#encoder.finish()]);
    this.#encoder = undefined;
    this.#used = 0;
  }

  dispose(): void {
    this.flush();
    this.#arena.destroy();
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  /** Where in the arena settings of a size go. */
  #reserve(bytes: number): number {
    if (this.#used + bytes > this.#arena.size) this.flush();
    if (bytes > this.#arena.size) {
      this.#arena.destroy();
      this.#settings = new Uint32Array(Math.ceil(bytes / ARENA_BYTES) * (ARENA_BYTES / 4));
      this.#arena = this.#makeArena(this.#settings.byteLength);
    }
    const offset = this.#used;
    this.#used = Math.ceil((offset + bytes) / ALIGNMENT) * ALIGNMENT;
    return offset;
  }

  #makeArena(size: number): GPUBuffer {
    return this.device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST });
  }

  #pipeline({ name, code }: Kernel): GPUComputePipeline {
    const known = this.#pipelines.get(name);
    if (known) return known;
    const module = this.device.createShaderModule({ label: name, code });
    const pipeline = this.device.createComputePipeline({ label: name, layout: 'auto', compute: { module } });
    this.#pipelines.set(name, pipeline);
    return pipeline;
  }
}
