/**
 * What adapters of several families are made of: each imports this, never another adapter. It may change with any release.
 *
 * @packageDocumentation
 */

export { allFinite, notFinite } from './adapter/all-finite.js';
export { divide, extent, ofBranch, type Part } from './adapter/batch-parts.js';
export { inLanes, type RowFeeds, runRows } from './adapter/batched-rows.js';
export { CachedTextEncoder, type TextEncoderOptions } from './adapter/cached-text-encoder.js';
export { ConditionStack, type TextCondition } from './adapter/condition-stack.js';
export { LatentDecoder } from './adapter/latent-decoder.js';
export { componentConfig, loadGraphs, stateDivisor } from './adapter/load-graphs.js';
export { checkInputs, findPort } from './adapter/ports.js';
export { rowBound } from './adapter/row-bound.js';
export { StateSize } from './adapter/state-size.js';
export { UNet, type UNetOptions } from './adapter/unet.js';
