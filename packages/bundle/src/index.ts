export { type Bundle, type BundleOptions, openBundle } from './bundle.js';
export type { BundleFiles } from './bundle-files.js';
export { type FileRecord, type License, type Manifest, type ManifestDefaults, parseManifest } from './manifest.js';
export type { EncodedText, TextTokenizer } from './tokenizer/text-tokenizer.js';
export type { Verification } from './verify.js';
