// Made by the build: see `tsup.config.ts`.

/** The worker's script, gzip in base64. */
export const worker: string;
/** ONNX Runtime's WebAssembly that goes with it, gzip in base64. */
export const wasm: string;
