import { GuidanceError } from '@sega/guidance';
import type { LoadProgress } from '../protocol.js';
import { externalFiles } from './external-data.js';
import { joined } from './protobuf.js';

/** A network's bytes, with those of the files its weights lie in, under the names it knows them by. @internal */
export interface GraphBytes {
  readonly model: Uint8Array;
  readonly external: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** @internal */
export interface GraphAddress {
  readonly name: string;
  readonly location: string;
}

const LFS_POINTER = 'version https://git-lfs';

/**
 * Fetches a network and the weights beside it.
 *
 * @throws GRAPH_LOAD when an address does not answer, answers with an error or with a page instead of a network.
 * @internal
 */
export async function fetchGraph(
  { name, location }: GraphAddress,
  onProgress: (progress: LoadProgress) => void,
): Promise<GraphBytes> {
  let loaded = 0;
  let total: number | undefined = 0;
  const fetchPart = async (url: string): Promise<Uint8Array> => {
    const response = await request(name, url);
    const length = Number(response.headers.get('content-length'));
    // The length of a compressed body is not that of the file.
    const isKnown = length > 0 && !response.headers.get('content-encoding');
    total = isKnown && total !== undefined ? total + length : undefined;
    const bytes = await readBody(name, url, response, (count) => {
      loaded += count;
      onProgress({ name, loadedBytes: loaded, totalBytes: total });
    });
    checkBytes(name, url, bytes);
    return bytes;
  };
  const model = await fetchPart(location);
  const paths = externalFiles(name, location, model);
  const external: { path: string; data: Uint8Array }[] = [];
  for (const path of paths) external.push({ path, data: await fetchPart(new URL(path, location).href) });
  onProgress({ name, loadedBytes: loaded, totalBytes: loaded });
  return { model, external };
}

async function request(name: string, url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (cause) {
    throw refusal(
      name,
      url,
      `could not be fetched (${(cause as Error).message}). Check the address, the connection, and that its server allows this page (CORS).`,
      {},
      cause,
    );
  }
  const { status } = response;
  if (!response.ok) {
    throw refusal(name, url, `answered with status ${status}. Check that the bundle lies there, whole.`, { status });
  }
  if (/^text\/html\b/.test(response.headers.get('content-type') ?? '')) throw pageInstead(name, url);
  return response;
}

async function readBody(
  name: string,
  url: string,
  response: Response,
  onChunk: (bytes: number) => void,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  try {
    const reader = response.body!.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      chunks.push(value);
      onChunk(value.length);
    }
  } catch (cause) {
    throw refusal(name, url, `broke off (${(cause as Error).message}). Load the model again.`, {}, cause);
  }
  return joined(chunks);
}

function checkBytes(name: string, url: string, bytes: Uint8Array): void {
  const start = new TextDecoder().decode(bytes.subarray(0, LFS_POINTER.length)).trimStart();
  if (bytes.length === 0) throw refusal(name, url, 'is empty. Publish the bundle again.');
  if (/^<!doctype|^<html/i.test(start)) throw pageInstead(name, url);
  if (start.startsWith(LFS_POINTER)) {
    throw refusal(name, url, 'is a Git LFS pointer, not the weights. Run `git lfs pull` before publishing the bundle.');
  }
}

function pageInstead(name: string, url: string): GuidanceError {
  return refusal(
    name,
    url,
    'is a web page, not a network: many servers answer so where there is no file. Check the address.',
  );
}

/** @internal */
export function refusal(
  name: string,
  url: string,
  problem: string,
  details: Record<string, unknown> = {},
  cause?: unknown,
): GuidanceError {
  return new GuidanceError(
    'GRAPH_LOAD',
    `${name}: ${url} ${problem}`,
    { graph: name, location: url, ...details },
    cause === undefined ? undefined : { cause },
  );
}
