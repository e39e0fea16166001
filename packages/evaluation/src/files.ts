/**
 * Pictures and reports as files, for whoever writes them: nothing here knows what an evaluation is.
 *
 * @packageDocumentation
 */

export { decodePng, encodePng } from './files/png.js';
export { readText } from './files/png-text.js';
export { checkWritable, isFolder, makeFolder, writeWhole } from './files/whole-file.js';
