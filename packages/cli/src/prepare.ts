import { GuidanceError } from '@sega/guidance';
import { openRequest } from './commands/show.js';
import type { GenerateArguments } from './generate-options.js';
import { checkRange } from './number-option.js';
import { checkWritable, openOutput } from './output.js';
import { optionsOf, type PictureRequest, type RequestOptions } from './request.js';
import { checkRequest } from './request-check.js';
import { openTrace, type TraceFile } from './trace-file.js';

/** A request that no more can be said against without its model. @internal */
export interface Prepared {
  readonly options: RequestOptions & { readonly prompt: string };
  readonly seeds: readonly number[];
  readonly pathOf: (seed: number) => string;
  readonly replayed?: TraceFile;
  /** The picture of `--from`. */
  readonly original?: PictureRequest;
}

/**
 * Everything that can be checked before a model is loaded: the options and what they say together, the files to be read,
 * the places to be written.
 *
 * @throws GuidanceError
 * @internal
 */
export async function prepare(args: GenerateArguments): Promise<Prepared> {
  const original = args.from === undefined ? undefined : await openRequest(args.from);
  const options = { ...(original && optionsOf(original)), ...args.request };
  checkRequest(options);
  checkConcepts(options, args);
  checkRecorded(options, args);
  const seeds = seedsOf(options.seed ?? 0, args.images);
  const replayed = options.replay === undefined ? undefined : await openTrace(options.replay);
  const pathOf = await openOutput(args.out, seeds);
  if (args.record !== undefined) await checkWritable([args.record]);
  return { options, seeds, pathOf, ...(replayed && { replayed }), ...(original && { original }) };
}

/** Refuses options that would silently do nothing because there is no concept. */
function checkConcepts(
  { concepts = [], momentum, mask, compat, safety }: RequestOptions,
  { record }: GenerateArguments,
): void {
  if (concepts.length > 0) return;
  const idle = { '--momentum': momentum?.scale, '--mask': mask, '--compat': !safety && compat, '--record': record };
  for (const [option, value] of Object.entries(idle)) {
    if (!value) continue;
    throw new GuidanceError(
      'OPTION_INVALID',
      `${option} acts on concepts and there are none. Add --toward or --away.`,
      {
        option,
        value,
      },
    );
  }
}

/** A recording is of one stage. */
function checkRecorded({ stages = [] }: RequestOptions, { record }: GenerateArguments): void {
  if (record === undefined || stages.length < 2) return;
  throw new GuidanceError(
    'OPTION_INVALID',
    `--record keeps the directions of one stage and --stages names ${stages.join(', ')}. Record them one after the other.`,
    { option: '--record', stages },
  );
}

function seedsOf(first: number, images: number): readonly number[] {
  checkRange('--images', images, { min: 1, max: 100_000, integer: true });
  checkRange('--seed', first, { min: 0, max: Number.MAX_SAFE_INTEGER - images + 1, integer: true }, 'SEED_INVALID');
  return Array.from({ length: images }, (_, item) => first + item);
}
