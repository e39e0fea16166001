/**
 * What runtimes check and decide alike, for whoever writes one.
 *
 * @packageDocumentation
 */

export { type Groups, groupsOf } from '../cpu/groups.js';
export { tailCount } from '../cpu/tail-count.js';
export { checkSameShape, checkSize, isSameShape, sizeOf } from '../shape.js';
export { checkFeedNames, checkFeedShape, checkFeeds, checkWholeNumbers, type Feeds } from './feeds.js';
export { fromFloat16, toFloat16 } from './float16.js';
export { type PortDescription, portsOf } from './ports.js';
