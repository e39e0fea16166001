import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';
import { fetchedFiles } from './fetched-files.js';

/**
 * Files of a bundle by their addresses, which need not have anything in common: bundlers give every file they publish a
 * name of its own. Weights beside a graph are looked for beside its address; where a graph has some, use `httpFolder`.
 *
 * @param addresses - Of every file by its path in the bundle, `bundle.json` among them.
 * @throws OPTION_INVALID when `bundle.json` is not among them. The files throw as those of `httpFolder` do.
 *
 * @example
 * const addresses = { 'bundle.json': '/assets/bundle-4f1c.json', 'unet/model.onnx': '/assets/model-93ab.onnx' };
 * const bundle = await openBundle(httpFiles(addresses));
 * @category Bundle
 */
export function httpFiles(addresses: Readonly<Record<string, string>>): BundleFiles {
  const description = addresses['bundle.json'];
  if (description === undefined) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `The addresses name ${Object.keys(addresses).join(', ') || 'no file'}; bundle.json must be among them.`,
      { option: 'addresses', value: Object.keys(addresses) },
    );
  }
  const files = fetchedFiles(description, (path) => addresses[path] ?? path);
  const isListed = (path: string): boolean => Object.hasOwn(addresses, path);
  return {
    ...files,
    has: async (path) => isListed(path) && files.has(path),
    read: async (path) => {
      if (isListed(path)) return files.read(path);
      throw new GuidanceError(
        'BUNDLE_FILE_MISSING',
        `${path} is not among the addresses of the bundle at ${description}. Name every file it lists.`,
        { path, bundle: description },
      );
    },
  };
}
