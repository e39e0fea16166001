import { readdirSync, readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

async function gzipped(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: root, loader: 'ts' },
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    write: false,
  });
  return gzipSync(outputFiles[0]!.contents, { level: 9 }).length;
}

describe('the package', () => {
  it('bundles to 12 kB gzipped or less', async () => {
    expect(await gzipped("export * from './src/index.ts'")).toBeLessThanOrEqual(12_000);
  });

  it('tree-shakes: scale alone takes less than 1.5 kB', async () => {
    expect(await gzipped("export { scale } from './src/index.ts'")).toBeLessThan(1_500);
  });

  it('has no dependencies and imports nothing but its own files', () => {
    const manifest = JSON.parse(readFileSync(resolve(root, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest.dependencies ?? {}).toEqual({});
    expect(manifest.peerDependencies ?? {}).toEqual({});
    const source = resolve(root, 'src');
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    expect(files.length).toBeGreaterThan(20);
    for (const file of files) {
      const path = resolve(source, file);
      const code = readFileSync(path, 'utf8');
      for (const [, imported = ''] of code.matchAll(/^(?:import|export)[^'"]*?from '([^']+)'|^import '([^']+)'/gm)) {
        expect(imported, `${file} imports ${imported}`).toMatch(/^\./);
        expect(relative(source, resolve(dirname(path), imported)), file).not.toMatch(/^\.\./);
      }
      expect(code, file).not.toMatch(/\b(?:require\(|import\()/);
    }
  });

  it('the main entry reaches neither the SIMD kernels nor the testkit', async () => {
    const { metafile } = await build({
      entryPoints: [resolve(root, 'src/index.ts')],
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      write: false,
      metafile: true,
    });
    expect(Object.keys(metafile.inputs).filter((file) => /\/(?:simd|testkit)\//.test(file))).toEqual([]);
  });
});
