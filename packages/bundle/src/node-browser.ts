import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';

// Stands in for `@sega/bundle/node` where bundlers build for browsers, which have neither folders nor packages.

/** @throws UNSUPPORTED @internal */
export function folder(path: string): BundleFiles {
  throw unsupported(path);
}

/** @throws UNSUPPORTED @internal */
export async function locateBundle(source: string): Promise<BundleFiles> {
  throw unsupported(source);
}

function unsupported(source: string): GuidanceError {
  return new GuidanceError(
    'UNSUPPORTED',
    `'${source}' names a folder or a package, which a browser cannot open. Publish the bundle, and pass ` +
      'await openBundle(httpFolder(address)).',
    { source },
  );
}
