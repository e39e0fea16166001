// The packages by their names, as their sources: what tests and pages of tests resolve imports with.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { compilerOptions } = JSON.parse(readFileSync(`${root}tsconfig.json`, 'utf8'));

/** For Vite's `resolve.alias`. */
export const SOURCES = Object.entries(compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: `${root}${path.replace('./', '')}`,
}));
