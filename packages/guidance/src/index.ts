export { type Branch, branchText } from './branch.js';
export { chain } from './chain.js';
export { away, type Concept, type ConceptSettings, toward } from './concept.js';
export { cpuOps } from './cpu/cpu-ops.js';
export { CpuTensor } from './cpu/cpu-tensor.js';
export { type CpuKernels, referenceKernels } from './cpu/kernels.js';
export { Direction, type LateTensor } from './direction.js';
export { type ErrorCode, GuidanceError } from './errors.js';
export { type ByStage, type GenerateOptions, type GenerateResult, generate } from './generate.js';
export type { Applied, Guidance, RunInfo } from './guidance.js';
export { type Image, imagesFromPlanes } from './image.js';
export { type Axis, IMAGE_LAYOUT, type Layout, LOGITS_LAYOUT, type Mask } from './layout.js';
export { and, type CompositionTerm, composable, not } from './methods/composable.js';
export { type IntervalRange, interval } from './methods/interval.js';
export type { Momentum } from './methods/momentum.js';
export { negativePrompt } from './methods/negative-prompt.js';
export { Recording, type RecordState, record } from './methods/record.js';
export { replay } from './methods/replay.js';
export { rescale } from './methods/rescale.js';
export {
  SAFE_LATENT_PRESETS,
  SAFE_LATENT_TEXT,
  type SafeLatentPreset,
  type SafeLatentSettings,
  type SafeLatentState,
  safeLatent,
} from './methods/safe-latent.js';
export { scale } from './methods/scale.js';
export { type SemanticOptions, type SemanticState, semantic } from './methods/semantic.js';
export type { BranchConditions, Condition, Model, ModelDefaults, Stage, StageDefaults } from './model.js';
export { type Prediction, Predictions } from './prediction.js';
export { batchNoise, type Noise, type RandomSource } from './random.js';
export { Run, type RunStep } from './run.js';
export type { DataType, Graph, GraphSource, HostArray, Port, Runtime } from './runtime.js';
export type { Sampler, SamplerStep, Schedule, StepMemory, Steps } from './sampler.js';
export { epsilonFactor, type Space } from './space.js';
export type { Step } from './step.js';
export type { Coefficient, ElementFunction, Tail, Tensor, TensorOps, Term } from './tensor.js';
export type { Trace } from './trace.js';
