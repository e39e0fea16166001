export { folder } from './node/folder.js';
export { type LocateOptions, locateBundle } from './node/locate-bundle.js';
