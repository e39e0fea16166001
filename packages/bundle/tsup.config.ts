import { defineBuild } from '../../tsup.config.ts';

export default defineBuild({ entry: ['src/index.ts', 'src/node.ts', 'src/node-browser.ts', 'src/adapter.ts'] });
