/** What the page's graphics devices are asked for, ONNX Runtime's share included. */
export class Watch {
  readonly devices: GPUDevice[] = [];
  readbacks = 0;
  liveBytes = 0;
  readonly #restore: (() => void)[] = [];

  constructor() {
    const watch = this;
    this.#wrap(
      GPUAdapter.prototype,
      'requestDevice',
      (original) =>
        async function (this: GPUAdapter, ...given) {
          const device = (await original.apply(this, given)) as GPUDevice;
          watch.devices.push(device);
          return device as never;
        },
    );
    this.#wrap(
      GPUBuffer.prototype,
      'mapAsync',
      (original) =>
        function (this: GPUBuffer, ...given) {
          if (given[0] === GPUMapMode.READ) watch.readbacks++;
          return original.apply(this, given);
        },
    );
    const live = new Set<GPUBuffer>();
    this.#wrap(
      GPUDevice.prototype,
      'createBuffer',
      (original) =>
        function (this: GPUDevice, ...given) {
          const buffer = original.apply(this, given) as GPUBuffer;
          live.add(buffer);
          watch.liveBytes += buffer.size;
          return buffer;
        },
    );
    this.#wrap(
      GPUBuffer.prototype,
      'destroy',
      (original) =>
        function (this: GPUBuffer) {
          if (live.delete(this)) watch.liveBytes -= this.size;
          return original.apply(this);
        },
    );
  }

  end(): void {
    for (const restore of this.#restore) restore();
  }

  #wrap<T extends object, K extends keyof T>(
    prototype: T,
    name: K,
    wrapper: (original: (this: T, ...given: never[]) => unknown) => (this: never, ...given: never[]) => unknown,
  ): void {
    const original = prototype[name];
    prototype[name] = wrapper(original as never) as never;
    this.#restore.push(() => {
      prototype[name] = original;
    });
  }
}
