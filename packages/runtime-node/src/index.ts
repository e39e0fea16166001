export { type NodeRuntimeOptions, nodeRuntime } from './node-runtime.js';
