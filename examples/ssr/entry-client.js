import { stableDiffusion } from '@sega/tiny-faces/web';
import { hydrate } from './app.js';

hydrate(document.querySelector('#root'), stableDiffusion);
