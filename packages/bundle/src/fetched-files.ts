import { GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';

/**
 * A bundle's files, fetched.
 *
 * @param description - For messages: where the files are.
 * @param locate - Address of a path.
 * @internal
 */
export function fetchedFiles(description: string, locate: (path: string) => string): BundleFiles {
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
    throw missing(path, description, response);
  };
  return {
    description,
    has: async (path) => isFile(await head(path)),
    read,
    locate,
    size: async (path) => {
      const response = await head(path);
      if (!isFile(response)) throw missing(path, description, response);
      const length = response.headers.get('content-length');
      // The length of a compressed body is not that of the file.
      const isExact = length !== null && !response.headers.get('content-encoding');
      return isExact ? Number(length) : (await read(path)).length;
    },
  };
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
