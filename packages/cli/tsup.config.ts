import { defineBuild } from '../../tsup.config.ts';

export default defineBuild({ entry: ['src/index.ts', 'src/main.ts'], shims: true });
