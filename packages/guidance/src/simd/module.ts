/** The part of WebAssembly used here: type libraries without a browser do not declare it. */
interface WebAssemblyApi {
  validate(bytes: Uint8Array): boolean;
  readonly Module: new (bytes: Uint8Array) => unknown;
  readonly Instance: new (module: unknown) => { readonly exports: unknown };
}

/** What every module here exports. */
export interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
}

/** Bytes before the first slot, which belong to the module. @internal */
export const RESERVED = 1024;
const PAGE = 65_536;

/** An instance of a module in base64, or undefined where WebAssembly cannot run it. @internal */
export function instantiate<Functions extends Exports>(base64: string): Functions | undefined {
  const { WebAssembly: api } = globalThis as { readonly WebAssembly?: WebAssemblyApi };
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (!api?.validate(bytes)) return undefined;
  return new api.Instance(new api.Module(bytes)).exports as Functions;
}

/**
 * Addresses of consecutive slots of the given sizes in bytes, multiples of 16. The memory grows where they need more;
 * contents do not survive the next call.
 *
 * @internal
 */
export function slots(module: Exports, sizes: readonly number[]): readonly number[] {
  let end = RESERVED;
  const addresses = sizes.map((size) => {
    end += size;
    return end - size;
  });
  reach(module, end);
  return addresses;
}

/** Lets the memory grow to a number of bytes; arrays over it are then of length 0. @internal */
export function reach({ memory }: Exports, end: number): void {
  const missing = end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
}
