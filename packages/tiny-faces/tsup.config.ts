import { defineBuild } from '../../tsup.config.ts';

// `shims` gives CommonJS an import.meta.url.
export default defineBuild({ entry: ['src/index.ts', 'src/web.ts'], shims: true });
