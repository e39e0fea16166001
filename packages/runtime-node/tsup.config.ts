import { copyFile } from 'node:fs/promises';
import { defineBuild } from '../../tsup.config.ts';

export default defineBuild({
  shims: true,
  // The worker is a file of its own, found beside the build by its URL.
  onSuccess: () => copyFile('src/session-worker.mjs', 'dist/session-worker.mjs'),
});
