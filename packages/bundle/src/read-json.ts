import { type ErrorCode, GuidanceError } from '@sega/guidance';
import type { BundleFiles } from './bundle-files.js';

/** A file as text: UTF-8, without a byte-order mark. @internal */
export async function readText(files: BundleFiles, path: string): Promise<string> {
  return new TextDecoder().decode(await files.read(path));
}

/** A JSON file's value. @throws BUNDLE_FILE_MISSING, or `code` when it is not JSON. @internal */
export async function readJson(files: BundleFiles, path: string, code: ErrorCode = 'BUNDLE_INVALID'): Promise<unknown> {
  const text = await readText(files, path);
  try {
    return JSON.parse(finitePython(text));
  } catch (cause) {
    throw new GuidanceError(
      code,
      `${path} of ${files.description} is not valid JSON (${(cause as Error).message}). Fetch or export it again.`,
      { path, bundle: files.description, bytes: text.length },
      { cause },
    );
  }
}

// Python writes numbers that JSON does not have; diffusers' own scheduler files hold a bare -Infinity. A literal too large
// for a double parses to the infinity meant.
function finitePython(text: string): string {
  return text.replace(/"(?:[^"\\]|\\.)*"|-?\bInfinity\b|\bNaN\b/g, (token) => {
    if (token.startsWith('"')) return token;
    return token === 'NaN' ? 'null' : token.replace('Infinity', '1e999');
  });
}

/** A JSON object, or an empty one when the file is absent. @internal */
export async function readOptionalObject(
  files: BundleFiles,
  path: string,
  code: ErrorCode = 'BUNDLE_INVALID',
): Promise<Record<string, unknown>> {
  if (!(await files.has(path))) return {};
  const value = await readJson(files, path, code);
  if (isObject(value)) return value;
  throw new GuidanceError(code, `${path} of ${files.description} must hold a JSON object.`, { path });
}

/** @internal */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
