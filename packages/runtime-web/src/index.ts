export type { HostDescription, LoadProgress } from './protocol.js';
export type { EmbeddedFiles } from './unpack-embedded.js';
export { type WebRuntime, type WebRuntimeOptions, webRuntime } from './web-runtime.js';
