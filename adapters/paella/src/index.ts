export type { Paella } from './adapter.js';
export { loadPaella, type PaellaOptions } from './load.js';
