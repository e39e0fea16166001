import { defineBuild } from '../../tsup.config.ts';

export default defineBuild({
  entry: {
    index: 'src/index.ts',
    'runtime-kit': 'src/runtime-kit/index.ts',
    simd: 'src/simd/index.ts',
    testkit: 'src/testkit/index.ts',
    'trace-file': 'src/trace-file.ts',
  },
});
