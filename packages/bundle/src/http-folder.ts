import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';

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
  const locate = (path: string): string => new URL(path.split('/').map(encodeURIComponent).join('/'), root).href;
  const heads = new Map<string, Promise<Response>>();
  const head = (path: string): Promise<Response> => {
    const known = heads.get(path) ?? request(locate(path), 'HEAD');
    heads.set(path, known);
    known.catch(() => heads.delete(path));
    return known;
  };
  const read = async (path: string): Promise<Uint8Array> => {
    const response = await request(locate(path), 'GET');
    if (isFile(response)) return new Uint8Array(await response.arrayBuffer());
    throw missing(path, root, response);
  };
  return {
    description: root,
    has: async (path) => isFile(await head(path)),
    read,
    locate,
    size: async (path) => {
      const response = await head(path);
      if (!isFile(response)) throw missing(path, root, response);
      const length = response.headers.get('content-length');
      // The length of a compressed body is not that of the file.
      const isExact = length !== null && !response.headers.get('content-encoding');
      return isExact ? Number(length) : (await read(path)).length;
    },
  };
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

async function request(url: string, method: 'GET' | 'HEAD'): Promise<Response> {
  try {
    const response = await fetch(url, { method });
    const isRefused = method === 'HEAD' && [405, 501].includes(response.status);
    if (!isRefused) return response;
    const whole = await fetch(url);
    await whole.body?.cancel();
    return whole;
  } catch (cause) {
    throw new GuidanceError(
      'BUNDLE_NOT_FOUND',
      `${url} could not be reached (${(cause as Error).message}). Check the address, the connection, and that its server allows this page (CORS).`,
      { location: url },
      { cause },
    );
  }
}

function isFile(response: Response): boolean {
  return response.ok && !/^text\/html\b/.test(response.headers.get('content-type') ?? '');
}

function missing(path: string, root: string, { ok, status }: Response): GuidanceError {
  const answer = ok ? 'a web page' : `status ${status}`;
  return new GuidanceError(
    'BUNDLE_FILE_MISSING',
    `${path} is missing from ${root}: the server answers with ${answer}. Publish the bundle whole, or check the address.`,
    { path, bundle: root, status },
  );
}
