// Makes a checkout ready to run: installs what the lockfile names, builds every package. Does nothing when nothing
// changed since the last time. Needs Node and npm, nothing else.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(ROOT, 'node_modules/.sega-setup');
const WORKSPACE_FOLDERS = ['packages', 'adapters', 'examples'];

// A script that setup itself runs must not start setup again.
if (!process.env.SEGA_SETUP) main();

function main() {
  const start = performance.now();
  const wanted = { install: digest(installInputs()), build: digest(buildInputs()) };
  const done = readStamp();
  const install = done.install !== wanted.install;
  const build = install || done.build !== wanted.build || !everyPackageIsBuilt();
  if (!install && !build) return;

  const pnpm = findPnpm();
  if (install) {
    console.error('Installing dependencies…');
    run([...pnpm, 'install', '--frozen-lockfile', '--config.confirmModulesPurge=false']);
    writeFileSync(STAMP, JSON.stringify({ install: wanted.install }));
  }
  console.error('Building packages…');
  run([...pnpm, '--recursive', '--workspace-concurrency=2', 'run', 'build']);
  writeFileSync(STAMP, JSON.stringify(wanted));
  console.error(`Ready after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
}

/** Everything that decides what an installation holds. */
function installInputs() {
  const files = ['package.json', 'pnpm-lock.yaml', 'pnpm-workspace.yaml', '.npmrc'];
  return [...files, ...packageFolders().map((folder) => join(folder, 'package.json'))];
}

/** Everything that decides what a build gives. */
function buildInputs() {
  const shared = ['pnpm-lock.yaml', 'tsconfig.base.json', 'tsconfig.json', 'tsup.config.ts'];
  const own = packageFolders()
    .filter((folder) => manifestOf(folder).scripts?.build)
    .flatMap((folder) => [
      join(folder, 'package.json'),
      join(folder, 'tsup.config.ts'),
      ...filesUnder(join(folder, 'src')),
    ]);
  return [...shared, ...own];
}

function packageFolders() {
  return WORKSPACE_FOLDERS.flatMap((group) => subfolders(group).map((name) => join(group, name)))
    .filter((folder) => existsSync(join(ROOT, folder, 'package.json')))
    .sort();
}

function manifestOf(folder) {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
}

function subfolders(folder) {
  if (!existsSync(join(ROOT, folder))) return [];
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map((entry) => entry.name);
}

function filesUnder(folder) {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length))
    .sort();
}

function digest(files) {
  const hash = createHash('sha256').update(process.version);
  for (const file of files) {
    const path = join(ROOT, file);
    hash.update(`\0${file}\0`);
    if (existsSync(path)) hash.update(readFileSync(path));
  }
  return hash.digest('hex');
}

function readStamp() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8'));
  } catch {
    return {};
  }
}

/** Whether the file each built package names as its entry is there. */
function everyPackageIsBuilt() {
  return packageFolders().every((folder) => {
    const { main: entry, scripts } = manifestOf(folder);
    return !scripts?.build || !entry || existsSync(join(ROOT, folder, entry));
  });
}

/** The pinned pnpm if it is installed, else npx, which fetches it once. */
function findPnpm() {
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const version = packageManager.split('@')[1];
  const installed = spawnSync('pnpm', ['--version'], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return installed.stdout?.trim() === version ? ['pnpm'] : ['npx', '--yes', packageManager];
}

/** Runs a command quietly; shows everything it said if it fails. */
function run([command, ...args]) {
  const result = spawnSync(command, args, {
    cwd: ROOT,
    encoding: 'utf8',
    env: { ...process.env, SEGA_SETUP: '1' },
    maxBuffer: 2 ** 28,
    shell: process.platform === 'win32',
  });
  if (result.status === 0) return;
  console.error(result.stdout ?? '');
  console.error(result.stderr ?? '');
  console.error(
    `error SETUP_FAILED: "${[command, ...args].join(' ')}" ${result.error?.message ?? `exited with ${result.status}`}.`,
  );
  process.exit(1);
}
