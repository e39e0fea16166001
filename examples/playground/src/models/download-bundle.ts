import { type BundleFiles, httpFolder, parseManifest } from '@sega/bundle';

/** Bytes of a bundle that have arrived. */
export interface Download {
  readonly loadedBytes: number;
  readonly totalBytes: number;
}

/**
 * All files of a bundle at once, each fetched a single time and kept in memory.
 *
 * @throws BUNDLE_NOT_FOUND, BUNDLE_FILE_MISSING, BUNDLE_INVALID
 */
export async function downloadBundle(
  address: string,
  onProgress: (download: Download) => void,
): Promise<BundleFiles & Disposable> {
  const folder = httpFolder(address);
  const manifestBytes = await folder.read(MANIFEST);
  const { files: records } = parseManifest(JSON.parse(new TextDecoder().decode(manifestBytes)), folder.description);
  const totalBytes = Object.values(records).reduce((sum, { bytes }) => sum + bytes, 0);
  let loadedBytes = 0;
  const fetchFile = async (path: string): Promise<[string, Uint8Array<ArrayBuffer>]> => {
    const bytes = await download(folder, path, (count) => {
      loadedBytes += count;
      onProgress({ loadedBytes, totalBytes });
    });
    return [path, bytes];
  };
  const files = new Map(await Promise.all(Object.keys(records).map(fetchFile)));
  files.set(MANIFEST, Uint8Array.from(manifestBytes));
  const addresses: string[] = [];
  return {
    description: folder.description,
    has: async (path) => files.has(path),
    read: async (path) => files.get(path) ?? folder.read(path),
    size: async (path) => files.get(path)!.length,
    locate: (path) => {
      const location = URL.createObjectURL(new Blob([files.get(path)!], { type: 'application/octet-stream' }));
      addresses.push(location);
      return location;
    },
    [Symbol.dispose]: () => {
      for (const location of addresses) URL.revokeObjectURL(location);
      files.clear();
    },
  };
}

const MANIFEST = 'bundle.json';

async function download(
  folder: BundleFiles,
  path: string,
  onChunk: (bytes: number) => void,
): Promise<Uint8Array<ArrayBuffer>> {
  const response = await fetch(folder.locate(path)).catch(() => undefined);
  const isFile = response?.ok && !/^text\/html\b/.test(response.headers.get('content-type') ?? '');
  // The folder tells what is wrong in words.
  if (!isFile || !response.body) return Uint8Array.from(await folder.read(path));
  const chunks: Uint8Array<ArrayBuffer>[] = [];
  for (const reader = response.body.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    chunks.push(value);
    onChunk(value.length);
  }
  return new Uint8Array(await new Blob(chunks).arrayBuffer());
}
