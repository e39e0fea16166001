import { defineConfig, type Options } from 'tsup';

/** The one build every package shares: ESM and CJS with types, nothing bundled that the package declares as a dependency. */
export function defineBuild(options: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm', 'cjs'],
    target: 'node20',
    dts: true,
    clean: true,
    sourcemap: true,
    treeshake: true,
    splitting: true,
    ...options,
  });
}

export default defineBuild();
