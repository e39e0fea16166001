import { defineBuild } from '../../tsup.config.ts';

export default defineBuild({ target: 'es2022' });
