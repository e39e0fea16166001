import { fileURLToPath } from 'node:url';
import { countCodeInHeadings } from './code-headings.mjs';
import { connectLinks, SITE } from './connect-links.mjs';
import { ENTRIES } from './entries.mjs';
import { namePages } from './name-pages.mjs';
import { PageRouter } from './page-router.mjs';
import { PAGES, SECTIONS } from './pages.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Subjects of a module, from what is used first to what few need. */
const CATEGORIES = [
  'Generate',
  'Methods',
  'Concepts',
  'Safety',
  'Fairness',
  'Judge',
  'Record and replay',
  'Hook',
  'Model',
  'Sampling',
  'Samplers',
  'Schedule',
  'Noise',
  'Runtime',
  'Tensors',
  'Errors',
  'Evaluate',
  'Tables',
  'Study',
  'Prompts',
  'Jobs',
  'Workers',
];

const addRouter = ({ renderer }) => renderer.defineRouter('page', PageRouter);

/** @type {import('typedoc').TypeDocOptions} */
export default {
  name: 'sega',
  logLevel: 'Warn',
  plugin: [addRouter, namePages, connectLinks],
  router: 'page',
  markdownItLoader: countCodeInHeadings,
  customCss: fileURLToPath(new URL('site.css', import.meta.url)),
  tsconfig: fileURLToPath(new URL('tsconfig.json', import.meta.url)),
  entryPoints: ENTRIES.map(({ source }) => source),
  projectDocuments: PAGES,
  readme: `${root}README.md`,
  basePath: root,
  displayBasePath: root,
  out: `${root}docs/site`,
  // Names lines of the sources without linking to them: where a checkout is published is not known here.
  disableGit: true,
  sourceLinkTemplate: '#',
  excludeInternal: true,
  excludePrivate: true,
  excludeExternals: true,
  categorizeByGroup: false,
  kindSortOrder: ['Function', 'Class', 'Interface', 'TypeAlias', 'Variable'],
  categoryOrder: [...Object.keys(SECTIONS), ...CATEGORIES, '*', 'Other'],
  navigation: { includeCategories: true, includeGroups: false, includeFolders: false },
  navigationLinks: { Playground: `${SITE}playground/index.html` },
  hideGenerator: true,
  validation: {
    notExported: true,
    invalidLink: true,
    invalidPath: true,
    rewrittenLink: true,
    notDocumented: true,
    unusedMergeModuleWith: true,
  },
  packagesRequiringDocumentation: ENTRIES.filter(({ folder }) => folder).map(({ name }) => name),
  // Not properties: of many, name and type say all there is.
  requiredToBeDocumented: [
    'Enum',
    'EnumMember',
    'Variable',
    'Function',
    'Class',
    'Interface',
    'Method',
    'Accessor',
    'TypeAlias',
  ],
};
