export type { StableDiffusion } from './adapter.js';
export { loadStableDiffusion, type StableDiffusionOptions } from './load.js';
