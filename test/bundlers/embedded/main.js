// The same page, with the runtime's files in its script.
import { embedded } from '@sega/runtime-web/embedded';
import { drawForTest } from '../app/draw.js';

drawForTest({ embedded });
