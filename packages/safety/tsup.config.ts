import { defineBuild } from '../../tsup.config.ts';

export default defineBuild({ entry: ['src/index.ts'] });
