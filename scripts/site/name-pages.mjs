// Names modules as they are imported, with their package's README, and documents by their title.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Comment, CommentTag, Converter, MinimalSourceFile, ReflectionKind } from 'typedoc';
import { ENTRIES } from './entries.mjs';
import { MODULES_SECTION, sectionOf } from './pages.mjs';

/** @param {import('typedoc').Application} app */
export function namePages(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, ({ project }, reflection) => {
    if (reflection.kindOf(ReflectionKind.Module)) nameModule(app, project, reflection);
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => nameDocument(document));
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    // Modules stay in the order of the entries.
    project.comment = new Comment([], [new CommentTag('@sortStrategy', [{ kind: 'text', text: 'documents-first' }])]);
  });
  app.converter.on(Converter.EVENT_RESOLVE_END, ({ project }) => {
    for (const { readme } of [project, ...project.children]) if (readme) dropTitle(readme);
    for (const { sources = [] } of Object.values(project.reflections)) for (const source of sources) delete source.url;
  });
}

function nameModule(app, { files }, module) {
  const { name, folder, source } = ENTRIES.find((entry) => entry.source === module.sources[0].fullFileName);
  module.name = name;
  module.comment ??= new Comment();
  module.comment.blockTags.push(new CommentTag('@category', [{ kind: 'text', text: MODULES_SECTION }]));
  if (!folder) return;
  const readme = join(folder, 'README.md');
  const text = readFileSync(readme, 'utf8');
  module.readme = app.converter.parseRawComment(new MinimalSourceFile(text, readme), files).content;
  for (const path of [folder, readme, dirname(source)]) files.registerReflectionPath(path, module);
}

function nameDocument(document) {
  const { files, documents } = document.project;
  const path = files.getReflectionPath(document);
  const [, title] = readFileSync(path, 'utf8').match(/^# (.*)$/m);
  document.name = title.replaceAll('`', '');
  document.frontmatter.category = sectionOf(path);
  // A link to a folder of pages leads to the first of them.
  const isBefore = (one) => one !== document && dirname(files.getReflectionPath(one)) === dirname(path);
  if (!documents.some(isBefore)) files.registerReflectionPath(dirname(path), document);
}

/** The page's own title says it already. */
function dropTitle([first]) {
  first.text = first.text.replace(/^# .*\n+/, '');
}
