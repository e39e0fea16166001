export { describeGuidance } from './describe-guidance.js';
export type { RequestedFair } from './fair-option.js';
export { main, type Terminal } from './main.js';
export { decodePng, encodePng } from './png.js';
export { type ProgressBar, progressBar, type TextStream } from './progress.js';
export type { CompatMode, PictureRequest, RequestedConcept } from './request.js';
export { readRequest } from './request-text.js';
export type { RequestedSafety } from './safety-option.js';
export type { GenerateReport } from './summary.js';
