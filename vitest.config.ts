import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const root = fileURLToPath(new URL('.', import.meta.url));
const { compilerOptions } = JSON.parse(readFileSync(`${root}tsconfig.json`, 'utf8')) as {
  compilerOptions: { paths: Record<string, [string]> };
};
const alias = Object.entries(compilerOptions.paths).map(([name, [path]]) => ({
  find: new RegExp(`^${name}$`),
  replacement: `${root}${path.replace('./', '')}`,
}));

const node = (name: string, include: string[]) => ({
  resolve: { alias },
  test: { name, include, environment: 'node' as const, testTimeout: 60_000 },
});

export default defineConfig({
  test: {
    projects: [
      node('guidance', ['packages/guidance/test/**/*.test.ts']),
      node('packages', ['packages/{samplers,bundle,runtime-node,tiny-faces,cli}/test/**/*.test.ts']),
      node('adapters', ['adapters/*/test/**/*.test.ts']),
      node('workspace', ['test/**/*.test.ts']),
    ],
  },
});
