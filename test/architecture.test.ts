import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ENTRIES, PACKAGE_FOLDERS } from '../scripts/site/entries.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

interface Package {
  readonly name: string;
  readonly folder: string;
  readonly dependencies: readonly string[];
  readonly isPublic: boolean;
}

const packages: readonly Package[] = ['packages', 'adapters'].flatMap((group) =>
  readdirSync(join(root, group)).map((entry) => {
    const folder = join(root, group, entry);
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const dependencies = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    return { name: manifest.name as string, folder, dependencies, isPublic: !manifest.private };
  }),
);

function sources(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(ts|mjs)$/.test(file))
    .map((file) => join(folder, file));
}

/** Every module specifier a file imports, statically or dynamically, types included. */
function imports(file: string): string[] {
  const code = readFileSync(file, 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  return [...code.matchAll(/(?:from\s+|import\s+|import\(\s*|require\(\s*)['"]([^'"]+)['"]/g)].map(
    (match) => match[1]!,
  );
}

const packageOf = (specifier: string): string =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const imported = ({ folder }: Package): Set<string> =>
  new Set(
    sources(join(folder, 'src'))
      .flatMap(imports)
      .filter((specifier) => !specifier.startsWith('.') && !specifier.startsWith('node:'))
      .map(packageOf),
  );

describe('architecture', () => {
  it('@sega/guidance imports nothing and declares no dependency', () => {
    const core = packages.find(({ name }) => name === '@sega/guidance')!;
    expect([...imported(core)]).toEqual([]);
    expect(core.dependencies).toEqual([]);
    const builtins = sources(join(core.folder, 'src'))
      .flatMap(imports)
      .filter((name) => name.startsWith('node:'));
    expect(builtins).toEqual([]);
  });

  it.each(packages.map((one) => [one.name, one] as const))('%s imports only what it declares', (_, one) => {
    expect([...imported(one)].filter((name) => !one.dependencies.includes(name))).toEqual([]);
  });

  it('@sega/samplers imports only the core', () => {
    const samplers = packages.find(({ name }) => name === '@sega/samplers')!;
    expect([...imported(samplers)]).toEqual(['@sega/guidance']);
  });

  it('adapters know neither a runtime nor each other', () => {
    const adapters = packages.filter(({ folder }) => folder.includes('/adapters/'));
    const allowed = ['@sega/guidance', '@sega/samplers', '@sega/bundle'];
    for (const adapter of adapters) {
      const own = [...imported(adapter)].filter((name) => packages.some((one) => one.name === name));
      expect(own.filter((name) => !allowed.includes(name))).toEqual([]);
    }
  });

  it('@sega/evaluation knows neither a runtime nor an adapter', () => {
    const evaluation = packages.find(({ name }) => name === '@sega/evaluation')!;
    const own = [...imported(evaluation)].filter((name) => packages.some((one) => one.name === name));
    expect(own.sort()).toEqual(['@sega/bundle', '@sega/guidance']);
  });

  it('only the runtime packages import ONNX Runtime', () => {
    const users = packages.filter((one) => [...imported(one)].some((name) => name.startsWith('onnxruntime')));
    expect(users.map(({ name }) => name).filter((name) => !name.startsWith('@sega/runtime-'))).toEqual([]);
  });

  it('the documentation site describes every public package', () => {
    const folders = packages.filter(({ isPublic }) => isPublic).map(({ folder }) => relative(root, folder));
    expect([...PACKAGE_FOLDERS].sort()).toEqual(folders.sort());
  });

  it.each(ENTRIES.map(({ name, source }) => [name, source]))(
    'the documentation site finds the source of %s',
    (_, source) => {
      expect(existsSync(source)).toBe(true);
    },
  );

  it('adapters consist of the same files', () => {
    const shared = ['adapter.ts', 'decoder.ts', 'denoiser.ts', 'index.ts', 'sampler.ts', 'text-encoder.ts'];
    for (const { folder } of packages.filter((one) => one.folder.includes('/adapters/'))) {
      expect(readdirSync(join(folder, 'src'))).toEqual(expect.arrayContaining(shared));
    }
  });
});
