/**
 * Where a bundle's files come from: a folder, an npm package, later a download cache. Paths are relative to the bundle,
 * with forward slashes.
 *
 * Implement it to load bundles from anywhere else; {@link openBundle} takes any.
 *
 * @example
 * const memory = new Map<string, Uint8Array>();
 * const files: BundleFiles = {
 *   description: 'memory',
 *   has: async (path) => memory.has(path),
 *   read: async (path) => memory.get(path)!,
 *   locate: (path) => path,
 * };
 * @category Bundle
 */
export interface BundleFiles {
  /** For messages: the folder, package or address. */
  readonly description: string;
  /** Whether there is such a file. */
  has(path: string): Promise<boolean>;
  /** A file's bytes. @throws BUNDLE_FILE_MISSING */
  read(path: string): Promise<Uint8Array>;
  /** What a runtime opens: an absolute file path (Node) or URL (browser). The file need not exist. */
  locate(path: string): string;
  /** Bytes in a file. Default: the length of what `read` gives. @throws BUNDLE_FILE_MISSING */
  size?(path: string): Promise<number>;
  /** SHA-256 of a file in lower-case hexadecimal, for files too large to `read`. Default: Web Crypto over `read`. */
  sha256?(path: string): Promise<string>;
}
