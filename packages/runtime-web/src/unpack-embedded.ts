/** Files of a runtime that are part of the page's script. @category Runtime */
export interface EmbeddedFiles {
  /** The worker's script, gzip in base64. */
  readonly worker: string;
  /** ONNX Runtime's WebAssembly that goes with it, gzip in base64. */
  readonly wasm: string;
}

/** Addresses of embedded files, until they are disposed. @internal */
export interface UnpackedFiles extends Disposable {
  readonly worker: string;
  readonly wasm: string;
}

/** Gives embedded files addresses in the page. @internal */
export async function unpackEmbedded(files: EmbeddedFiles): Promise<UnpackedFiles> {
  const [worker, wasm] = await Promise.all([
    unpack(files.worker, 'text/javascript'),
    unpack(files.wasm, 'application/wasm'),
  ]);
  return {
    worker,
    wasm,
    [Symbol.dispose]: () => {
      for (const address of [worker, wasm]) URL.revokeObjectURL(address);
    },
  };
}

async function unpack(packed: string, type: string): Promise<string> {
  const text = atob(packed);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return URL.createObjectURL(await new Response(stream, { headers: { 'content-type': type } }).blob());
}
