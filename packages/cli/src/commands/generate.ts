import { type GenerateResult, type Image, Recording, record, replay, type Trace } from '@sega/guidance';
import { writeTrace } from '@sega/guidance/trace-file';
import { nodeRuntime } from '@sega/runtime-node';
import { bundleJudge } from '@sega/safety';
import { appliedTo } from '../applied-to.js';
import { checkAction, checkPictures } from '../check-pictures.js';
import { BATCH, drawBatch } from '../draw.js';
import type { GenerateArguments } from '../generate-options.js';
import { throwIfInterrupted } from '../interrupt.js';
import { loadModel } from '../models.js';
import { writeWhole } from '../output.js';
import { encodePng } from '../png.js';
import { prepare } from '../prepare.js';
import type { TextStream } from '../progress.js';
import type { PictureRequest } from '../request.js';
import { guidanceOf } from '../request-guidance.js';
import { textsOf } from '../request-text.js';
import { changesSince, resolveRequest } from '../resolve-request.js';
import { describeReport, type GenerateReport, sumResults } from '../summary.js';
import { joinTraces, stageOf, traceOf } from '../trace-file.js';

/**
 * `sega generate`: everything that can be is checked before the model loads; then pictures are drawn a batch at a time,
 * and written as soon as their batch is done.
 *
 * @internal
 */
export async function generate(
  args: GenerateArguments,
  streams: { readonly stdout: TextStream; readonly stderr: TextStream; readonly signal: AbortSignal },
): Promise<void> {
  const start = performance.now();
  const { options, seeds, pathOf, replayed, original } = await prepare(args);
  await using runtime = nodeRuntime();
  const { bundle, model, source } = await loadModel(options.model, { runtime, acceptLicense: args.acceptLicense });
  await using _ = model;
  await using checker = await bundleJudge(bundle, { runtime });
  const check = checkAction(options.check, checker, model.name);
  const load = performance.now() - start;
  const request = resolveRequest({ ...options, ...(check && { check }) }, model, source, replayed);
  const stages = model.stages.map(({ name }) => name);

  const results: GenerateResult[] = [];
  const images: GenerateReport['images'][number][] = [];
  const traces: Trace[] = [];
  const refused: number[] = [];
  for (let first = 0; first < seeds.length; first += BATCH) {
    throwIfInterrupted(streams.signal);
    const batch = seeds.slice(first, first + BATCH);
    const recording = new Recording();
    const guidance = guidanceOf(request, model.stages, {
      wrap: (semantic) => (args.record === undefined ? semantic : record(semantic, recording)),
      ...(replayed && {
        replayed: { stage: stageOf(replayed.trace, stages), method: replay(traceOf(replayed.trace, batch)) },
      }),
    });
    const drawn = await drawBatch(model, { ...request, seed: batch[0]! }, batch.length, guidance, streams);
    const result = await checkPictures(drawn, checker, check);
    for (const [stage, drawn] of writtenStages(result, args.stageImages)) {
      for (const [item, image] of drawn.entries()) {
        const picture: PictureRequest = { ...request, seed: batch[item]! };
        const isFlagged = result.verdicts[item]?.flagged ?? false;
        if (isFlagged && check === 'refuse') continue;
        const path = stagePath(pathOf(picture.seed), stage);
        const applied = appliedTo(result.applied, item, picture.seed);
        await writeWhole(path, encodePng(image, textsOf(picture, applied)));
        const { width, height } = image;
        images.push({
          ...{ path, seed: picture.seed, width, height },
          ...(stage !== undefined && { stage }),
          ...(isFlagged && { flagged: true }),
          ...(applied.length > 0 && { applied }),
        });
      }
    }
    refused.push(...batch.filter((_, item) => check === 'refuse' && result.verdicts[item]?.flagged));
    results.push(result);
    traces.push(...recording.traces);
  }
  if (args.record !== undefined) await writeWhole(args.record, writeTrace(joinTraces(traces)));

  const sums = sumResults(results);
  const report: GenerateReport = {
    images,
    model: source,
    sampler: request.sampler,
    steps: request.steps,
    ...(check && { refused }),
    ...sums,
    milliseconds: { ...sums.milliseconds, load, total: performance.now() - start },
    warnings: [...changesSince(original, request), ...sums.warnings],
  };
  if (args.json) {
    streams.stdout.write(`${JSON.stringify(report)}\n`);
    return;
  }
  streams.stdout.write(describeReport(report));
  for (const warning of report.warnings) streams.stderr.write(`warning: ${warning}\n`);
}

/** The pictures to write: those of the run, and before them those of its earlier stages, by name, if asked for. */
function writtenStages(
  { images, stageImages }: GenerateResult,
  withStages: boolean,
): readonly (readonly [string | undefined, readonly Image[]])[] {
  const earlier = withStages ? Object.entries(stageImages).slice(0, -1) : [];
  return [...earlier, [undefined, images]];
}

function stagePath(path: string, stage: string | undefined): string {
  return stage === undefined ? path : path.replace(/(\.png)?$/i, `-${stage}.png`);
}
