// What users import, in the order a reader meets it: every public package and each of its subpaths.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Folders of the packages the documentation site describes. */
export const PACKAGE_FOLDERS = [
  'packages/guidance',
  'packages/safety',
  'packages/samplers',
  'adapters/stable-diffusion',
  'adapters/deepfloyd-if',
  'adapters/paella',
  'packages/bundle',
  'packages/runtime-node',
  'packages/runtime-web',
  'packages/tiny-faces',
  'packages/evaluation',
  'packages/cli',
];

const readJson = (...path) => JSON.parse(readFileSync(join(ROOT, ...path), 'utf8'));
const { paths } = readJson('tsconfig.json').compilerOptions;

/** Each module: the name it is imported by, its source, and the folder of its package where it is the main one. */
export const ENTRIES = PACKAGE_FOLDERS.flatMap((folder) => {
  const { name, exports } = readJson(folder, 'package.json');
  return Object.keys(exports)
    .filter((subpath) => subpath !== './package.json')
    .map((subpath) => {
      const imported = `${name}${subpath.slice(1)}`;
      const source = paths[imported]?.[0];
      if (!source) throw new Error(`tsconfig.json has no path for ${imported}, so its source is not known.`);
      return { name: imported, source: join(ROOT, source), folder: subpath === '.' ? join(ROOT, folder) : undefined };
    });
});
