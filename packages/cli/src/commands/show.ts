import { readFile } from 'node:fs/promises';
import { GuidanceError } from '@sega/guidance';
import { Command } from 'commander';
import { describeApplied } from '../describe-applied.js';
import { describeGuidance } from '../describe-guidance.js';
import { readText } from '../png-text.js';
import type { TextStream } from '../progress.js';
import type { PictureRequest } from '../request.js';
import { readRequest } from '../request-text.js';
import { describeSteps } from '../summary.js';

/** `sega show`: prints what a picture was drawn with. @internal */
export function showCommand(stdout: TextStream): Command {
  return new Command('show')
    .description('Print the prompt, seed and guidance a picture was drawn with.')
    .argument('<png>', 'a picture of sega generate')
    .option('--json', 'print the whole request as JSON')
    .option('--debug', 'print the stack trace of an error')
    .action(async (file: string, { json }: { readonly json?: boolean }) => {
      const bytes = await openPicture(file);
      const { prompt, seed, guidance, sega, applied } = readText(bytes);
      // A picture drawn in code may carry the texts alone.
      const texts = sega === undefined && prompt !== undefined ? { prompt, guidance, seed } : undefined;
      const request = texts ?? readRequest(bytes, file);
      stdout.write(
        json ? `${JSON.stringify(request)}\n` : rows(texts ?? rowsOf(request as PictureRequest, file, applied)),
      );
    });
}

/** The request a PNG file carries. @throws OPTION_INVALID @internal */
export async function openRequest(file: string): Promise<PictureRequest> {
  return readRequest(await openPicture(file), file);
}

async function openPicture(file: string): Promise<Uint8Array> {
  return readFile(file).catch((error: Error) => {
    throw new GuidanceError(
      'OPTION_INVALID',
      `"${file}" cannot be read: ${error.message}.`,
      { file },
      { cause: error },
    );
  });
}

function rowsOf(
  request: PictureRequest,
  file: string,
  applied: string | undefined,
): Readonly<Record<string, string | undefined>> {
  const { model, version } = request;
  return {
    prompt: request.prompt,
    guidance: describeGuidance(request),
    applied: applied && describeApplied(applied),
    seed: String(request.seed),
    sampler: describeSteps(request.sampler, request.steps),
    size: `${request.width} × ${request.height}`,
    model: `${model.name}${model.version === undefined ? '' : ` ${model.version}`} (${model.family}, from ${model.source})`,
    drawn: `by @sega/cli ${version}`,
    repeat: `sega generate --from ${/[^\w./-]/.test(file) ? JSON.stringify(file) : file}`,
  };
}

function rows(texts: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(texts)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name.padEnd(9)} ${value}\n`)
    .join('');
}
