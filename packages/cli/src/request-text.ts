import { type Applied, GuidanceError } from '@sega/guidance';
import { describeGuidance } from './describe-guidance.js';
import { readText } from './png-text.js';
import { optionsOf, type PictureRequest } from './request.js';
import { checkRequest } from './request-check.js';

/** Keyword of the text chunk with the whole request as JSON. */
const KEYWORD = 'sega';

const REQUIRED = ['prompt', 'seed', 'width', 'height', 'sampler', 'steps', 'scale'] as const;

/** The texts a picture's PNG carries: prompt, seed and guidance to read, the whole request to repeat, what was applied. @internal */
export function textsOf(request: PictureRequest, applied: readonly Applied[] = []): Readonly<Record<string, string>> {
  return {
    prompt: request.prompt,
    seed: String(request.seed),
    guidance: describeGuidance(request),
    [KEYWORD]: JSON.stringify(request),
    ...(applied.length > 0 && { applied: JSON.stringify(applied) }),
  };
}

/**
 * The request a PNG of `sega generate` carries, checked as if it had been typed: anyone may have written it.
 *
 * @param file - For messages.
 * @throws OPTION_INVALID when the bytes are no PNG or carry no request of a format this version knows.
 *
 * @example
 * import { readFile } from 'node:fs/promises';
 * const request = readRequest(await readFile('king.png'), 'king.png');
 * request.seed; // 21
 * @category Request
 */
export function readRequest(png: Uint8Array, file: string): PictureRequest {
  const text = readText(png)[KEYWORD];
  if (text === undefined)
    throw unreadable(file, `it has no "${KEYWORD}" text; pass a picture that sega generate wrote`);
  const request = parseJson(text);
  if (request?.format !== 1) {
    throw unreadable(file, `its format is ${String(request?.format)}, not 1; a later @sega/cli may know it`);
  }
  const missing = REQUIRED.filter((field) => request[field] === undefined);
  const { model, concepts } = request;
  if (missing.length > 0 || !isObject(model) || !Array.isArray(concepts) || !concepts.every(isObject)) {
    throw unreadable(
      file,
      `its request is incomplete${missing.map((field) => ` ${field}`)}; something else changed it`,
    );
  }
  checkRequest(optionsOf(request as PictureRequest));
  return request as PictureRequest;
}

function unreadable(file: string, why: string): GuidanceError {
  return new GuidanceError('OPTION_INVALID', `"${file}" carries no request to repeat: ${why}.`, { file });
}

function parseJson(text: string): Partial<PictureRequest> | undefined {
  try {
    return JSON.parse(text) as Partial<PictureRequest>;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
