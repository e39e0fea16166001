// A page that takes the models in the box from their package.
import { httpFiles, openBundle } from '@sega/bundle';
import { deepfloydIf, paella, stableDiffusion } from '@sega/tiny-faces/web';

Promise.all(
  [stableDiffusion, deepfloydIf, paella].map((addresses) => openBundle(httpFiles(addresses), { verify: 'sha256' })),
).then(
  (bundles) => {
    globalThis.outcome = { names: bundles.map(({ manifest }) => manifest.name) };
  },
  (error) => {
    globalThis.outcome = { error: `${error.code}: ${error.stack}` };
  },
);
