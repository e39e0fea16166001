// Markdown files that are pages of the site, in reading order, and the section of the navigation each belongs to.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const pagesIn = (folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .sort()
    .map((name) => `${folder}/${name}`);

/** Where the modules are among the sections. */
export const MODULES_SECTION = 'Packages';

/** Sections of the navigation, with their pages. */
export const SECTIONS = {
  Guide: pagesIn('docs/guide'),
  [MODULES_SECTION]: [],
  'Models in the box': pagesIn('packages/tiny-faces/cards'),
  Examples: ['examples/playground/README.md', 'examples/browser/README.md'],
  Project: ['ARCHITECTURE.md', 'CONTRIBUTING.md', 'tools/README.md'],
  Decisions: pagesIn('docs/decisions'),
};

/** Absolute paths of all pages. */
export const PAGES = Object.values(SECTIONS)
  .flat()
  .map((path) => join(ROOT, path));

/** The section of a page, by its absolute path. */
export function sectionOf(page) {
  return Object.keys(SECTIONS).find((section) => SECTIONS[section].some((path) => join(ROOT, path) === page));
}
