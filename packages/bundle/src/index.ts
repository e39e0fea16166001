export { type Bundle, type BundleOptions, openBundle } from './bundle.js';
export type { BundleFiles } from './bundle-files.js';
export type { CascadeManifest, CascadeStage, StageNoising } from './cascade-manifest.js';
export { httpFiles } from './http-files.js';
export { httpFolder } from './http-folder.js';
export { type JudgeBundle, type JudgeManifest, openJudge } from './judge-bundle.js';
export {
  type FileRecord,
  type License,
  type Manifest,
  type ManifestBase,
  type ManifestDefaults,
  parseManifest,
  type SingleStageManifest,
} from './manifest.js';
export type { AttentionWeights, Codebook, PriorSettings, TokenManifest, TokenSampling } from './token-manifest.js';
export type { EncodedText, TextTokenizer } from './tokenizer/text-tokenizer.js';
export type { Verification } from './verify.js';
