// A king, and with the same seed a queen: guidance away from 'male' and toward 'female'.
import { writeFile } from 'node:fs/promises';
import { encodePng } from '@sega/cli';
import { away, generate, scale, semantic, toward } from '@sega/guidance';
import { nodeRuntime } from '@sega/runtime-node';
import { loadStableDiffusion } from '@sega/stable-diffusion';
import { stableDiffusion } from '@sega/tiny-faces';

const runtime = nodeRuntime();
const model = await loadStableDiffusion(stableDiffusion, { runtime });
const { concept } = model.defaults;
const guidance = [scale(model.stages[0].defaults.scale), semantic([away('male', concept), toward('female', concept)])];
const { images, evaluations } = await generate(model, 'a portrait of a king', { guidance, seed: 21 });
await writeFile('queen.png', encodePng(images[0]));
console.log('queen.png', evaluations);
await model.dispose();
await runtime.dispose();
