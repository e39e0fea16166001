export { cpuRuntime } from './cpu-runtime.js';
export { type ReferenceModel, type ReferenceModelOptions, referenceModel } from './reference-model.js';
