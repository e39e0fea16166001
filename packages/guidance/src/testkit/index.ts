/**
 * A model with a known answer, and a runtime without networks: for tests of methods, samplers and pages.
 *
 * @packageDocumentation
 */

export { cpuRuntime } from './cpu-runtime.js';
export { type ReferenceModel, type ReferenceModelOptions, referenceModel } from './reference-model.js';
