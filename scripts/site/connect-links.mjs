// Links between files of the repository become links between pages. What has no page loses its link and keeps its text.
import { basename, extname } from 'node:path';
import { Converter, PageEvent, ReflectionKind } from 'typedoc';

const IMAGES = ['.png', '.svg', '.jpg', '.gif', '.webp'];

/** Marks an address that begins at the site's root, whichever page names it. */
export const SITE = 'site:';
const NO_PAGE = 'no-page:';

/** @param {import('typedoc').Application} app */
export function connectLinks(app) {
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    registerSources(project);
    unlinkWithoutPage(project);
  });
  app.renderer.on(PageEvent.END, (page) => {
    const toRoot = '../'.repeat(page.url.split('/').length - 1);
    page.contents = page.contents
      .replaceAll(new RegExp(`<a href="${NO_PAGE}"[^>]*>(.*?)</a>`, 'gs'), '$1')
      .replaceAll(`href="${SITE}`, `href="${toRoot}`);
  });
}

/** A source file leads to what it exports, foremost to what it is named after. */
function registerSources(project) {
  const foremost = new Map();
  for (const one of project.getReflectionsByKind(ReflectionKind.SomeExport)) {
    const source = one.parent?.kindOf(ReflectionKind.Module) && one.sources?.[0]?.fullFileName;
    if (!source) continue;
    const isNamesake = one.name.toLowerCase() === basename(source, '.ts').replaceAll('-', '');
    if (isNamesake || !foremost.has(source)) foremost.set(source, one);
  }
  for (const [source, one] of foremost) project.files.registerReflectionPath(source, one);
}

function relativeLinks({ readme, documents, children }) {
  return [readme, ...documents.map(({ content }) => content), ...children.map((module) => module.readme ?? [])]
    .flat()
    .filter(({ kind, target }) => kind === 'relative-link' && target !== undefined);
}

function unlinkWithoutPage(project) {
  const { files } = project;
  const unlinked = relativeLinks(project)
    .map((part) => ({ part, path: files.resolve(part.target, project) }))
    .filter(({ path }) => typeof path === 'string' && !IMAGES.includes(extname(path)));
  for (const { part } of unlinked) Object.assign(part, { kind: 'text', text: NO_PAGE });
  // A path that leads nowhere would be taken for a file to copy.
  for (const { path } of unlinked) files.registerReflectionPath(path, project);
}
