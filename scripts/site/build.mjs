// Builds the documentation site, docs/site: the pages, and the playground beside them. Whatever TypeDoc warns of fails it.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { build } from 'vite';
import { brokenLinks } from './broken-links.mjs';
import config from './typedoc.config.mjs';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const start = performance.now();

const app = await Application.bootstrapWithPlugins(config);
const project = await app.convert();
if (project) {
  app.validate(project);
  validateExports(project);
  await app.generateOutputs(project);
}
if (app.logger.hasErrors() || app.logger.hasWarnings()) process.exit(1);

await build({
  root: join(ROOT, 'examples/playground'),
  logLevel: 'warn',
  build: {
    outDir: join(config.out, 'playground'),
    emptyOutDir: true,
    rolldownOptions: { checks: { pluginTimings: false } },
  },
});
const broken = brokenLinks(config.out);
for (const { page, link } of broken) console.error(`${page} links to ${link}, which is not there.`);
if (broken.length > 0) process.exit(1);
console.error(`docs/site is ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);

/** TypeDoc looks for types that are used and not exported in one package only, the project's. */
function validateExports(project) {
  app.options.setValue('validation', { ...allOff(config.validation), notExported: true });
  for (const name of config.packagesRequiringDocumentation) {
    project.packageName = name;
    app.validate(project);
  }
  delete project.packageName;
}

function allOff(checks) {
  return Object.fromEntries(Object.keys(checks).map((check) => [check, false]));
}
