import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';
import { fetchedFiles } from './fetched-files.js';

/**
 * A folder of a web server as a bundle's files: in a browser, or in Node for reading manifests.
 *
 * A web page in the place of a file counts as no file, as many servers answer with one where there is none. Nothing is
 * kept but what the browser's own cache keeps.
 *
 * @param address - Of the folder; in a browser it may be relative to the page.
 * @throws OPTION_INVALID when the address is none; BUNDLE_NOT_FOUND when a server cannot be reached,
 * BUNDLE_FILE_MISSING when it refuses a file.
 *
 * @example
 * const bundle = await openBundle(httpFolder('https://models.example/tiny-faces/stable-diffusion'));
 * @category Bundle
 */
export function httpFolder(address: string | URL): BundleFiles {
  const root = rootOf(address);
  return fetchedFiles(root, (path) => new URL(path.split('/').map(encodeURIComponent).join('/'), root).href);
}

function rootOf(address: string | URL): string {
  const { href: page } = (globalThis as { location?: { href: string } }).location ?? {};
  try {
    const url = new URL(address, page);
    if (!url.pathname.endsWith('/')) url.pathname += '/';
    if (url.protocol === 'http:' || url.protocol === 'https:') return url.href;
  } catch {
    // Told below.
  }
  throw new GuidanceError(
    'OPTION_INVALID',
    `'${address}' is no address of a web server; it must begin with http:// or https://${page ? ', or be relative to the page' : ''}.`,
    { option: 'address', value: String(address) },
  );
}
