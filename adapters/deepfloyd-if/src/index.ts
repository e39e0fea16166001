export type { DeepFloydIf } from './adapter.js';
export { type DeepFloydIfOptions, loadDeepFloydIf } from './load.js';
export { scheduleNames } from './timesteps.js';
