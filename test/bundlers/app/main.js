// A page as a user would write it.
import { drawForTest } from './draw.js';

drawForTest({ worker: new URLSearchParams(location.search).get('in') !== 'the page' });
