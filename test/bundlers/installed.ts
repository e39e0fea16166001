import { execFile } from 'node:child_process';
import { cp, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { root } from './ways.js';

const run = promisify(execFile);

/** Folders of the packages a page imports, and of those they depend on. */
const PACKAGES: readonly string[] = [
  'packages/bundle',
  'packages/guidance',
  'packages/runtime-web',
  'packages/samplers',
  'packages/tiny-faces',
  'adapters/stable-diffusion',
];

/** Unpacks the packages' tarballs into a site's `node_modules`, with what they declare to depend on, as npm lays them out. */
export async function installPackages(site: string): Promise<void> {
  for (const folder of PACKAGES) await installPackage(join(root, folder), join(site, 'node_modules'));
}

async function installPackage(folder: string, modules: string): Promise<void> {
  const { name, dependencies = {} } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string;
    readonly dependencies?: Readonly<Record<string, string>>;
  };
  const target = join(modules, name);
  await mkdir(target, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', modules], { cwd: folder });
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  const tarball = join(modules, filename);
  await run('tar', ['--extract', '--file', tarball, '--directory', target, '--strip-components', '1']);
  await rm(tarball);
  for (const other of Object.keys(dependencies).filter((dependency) => !dependency.startsWith('@sega/'))) {
    // Not a link, which would lead out of the folder a development server may read.
    await cp(join(folder, 'node_modules', other), join(modules, other), { recursive: true, dereference: true });
  }
}
