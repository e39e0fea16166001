import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};

/**
 * A server of folders by the first part of the path, whose pages may share memory between threads.
 *
 * @param more - Headers of every answer.
 */
export async function serveFolders(
  folders: Readonly<Record<string, string>>,
  more: Readonly<Record<string, string>> = {},
): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer(async (request, response) => {
    const [first = '', ...rest] = decodeURIComponent(new URL(request.url!, 'http://localhost').pathname)
      .slice(1)
      .split('/');
    const path = first in folders ? join(folders[first]!, ...rest) : join(folders['']!, first, ...rest);
    const headers = {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'cross-origin',
      'access-control-allow-origin': '*',
      ...more,
    };
    try {
      const bytes = await readFile(path);
      response.writeHead(200, { ...headers, 'content-length': bytes.length });
      response.end(request.method === 'HEAD' ? undefined : bytes);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    address: `http://localhost:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
