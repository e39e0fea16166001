// Addresses of pages: symbols under the name they are imported from, documents as their file is called.
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { StructureRouter } from 'typedoc';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export class PageRouter extends StructureRouter {
  getIdealBaseName(reflection) {
    if (!reflection.isDocument()) return super.getIdealBaseName(reflection);
    const path = relative(ROOT, reflection.project.files.getReflectionPath(reflection));
    return (path.endsWith('/README.md') ? dirname(path) : path.replace(/\.md$/, '')).replace(/^docs\//, '');
  }
}
