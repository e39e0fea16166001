/**
 * Bundles in folders and in installed packages. Node only.
 *
 * @packageDocumentation
 */

export { folder } from './node/folder.js';
export { type LocateOptions, locateBundle } from './node/locate-bundle.js';
