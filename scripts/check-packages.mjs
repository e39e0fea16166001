// Packs every public package and lints the tarballs: publint for the manifest and files, are-the-types-wrong for what
// TypeScript resolves from ESM and CommonJS. Needs built packages.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folders = ['packages', 'adapters'].flatMap((group) =>
  readdirSync(join(root, group)).map((name) => join(root, group, name)),
);
const tarballs = mkdtempSync(join(tmpdir(), 'sega-pack-'));
let failed = false;

const check = (name, tool, parameters) => {
  const { status, stdout, stderr } = spawnSync(join(root, 'node_modules/.bin', tool), parameters, { encoding: 'utf8' });
  if (status === 0) return;
  failed = true;
  console.error(`${name}: ${tool} failed\n${stdout}${stderr}`);
};

try {
  for (const folder of folders) {
    const { name, private: hidden } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    if (hidden) continue;
    const packed = execFileSync('npx', ['--yes', 'pnpm@10.34.8', 'pack', '--json', '--pack-destination', tarballs], {
      cwd: folder,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const tarball = JSON.parse(packed.slice(packed.indexOf('{'))).filename;
    check(name, 'publint', ['run', tarball, '--strict']);
    // Subpaths need `exports`, which TypeScript's old `node10` resolution ignores.
    // Files embedded in a page are ES modules alone: nobody bundles a page from CommonJS, and another copy would be 9 MB.
    const pages = ['--exclude-entrypoints', 'embedded'];
    check(name, 'attw', [tarball, '--profile', 'node16', '--format', 'table-flipped', ...pages]);
    console.log(`${name} ok`);
  }
} finally {
  rmSync(tarballs, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
