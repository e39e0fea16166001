// A king, and with the same seed a queen: guidance away from 'male' and toward 'female'.
import { httpFolder, openBundle } from '@sega/bundle';
import { away, generate, scale, semantic, toward } from '@sega/guidance';
import { webRuntime } from '@sega/runtime-web';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { show } from './show.js';

const runtime = webRuntime();
const model = await loadStableDiffusion(await openBundle(httpFolder('./stable-diffusion')), { runtime });
const { concept } = model.defaults;
const plain = scale(model.stages[0].defaults.scale);
const steered = [plain, semantic([away('male', concept), toward('female', concept)])];

const [king, queen] = document.querySelectorAll('canvas');
show((await generate(model, 'a portrait of a king', { seed: 25, guidance: plain })).images[0], king);
show((await generate(model, 'a portrait of a king', { seed: 25, guidance: steered })).images[0], queen);
document.title = 'Drawn';
