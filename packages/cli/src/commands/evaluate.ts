import {
  type Drawer,
  drawSettings,
  evaluate,
  LocalDrawer,
  loadJudge,
  openQueueDrawer,
  ProcessDrawer,
  readPrompts,
  tableOf,
} from '@sega/evaluation';
import { nodeRuntime } from '@sega/runtime-node';
import { SAFETY_PRESETS } from '@sega/safety';
import { WORKER_SCRIPT } from '../bin-path.js';
import type { EvaluateArguments } from '../evaluate-options.js';
import { modelOpener } from '../model-opener.js';
import { openJudgeFor } from '../models.js';
import { checkRange } from '../number-option.js';
import { progressBar, type TextStream } from '../progress.js';
import { presetData, safetyOf } from '../safety-guidance.js';

/**
 * `sega evaluate`: opens the model for its settings, decides who draws, and prints the table.
 *
 * @internal
 */
export async function evaluateTable(
  args: EvaluateArguments,
  streams: { readonly stdout: TextStream; readonly stderr: TextStream; readonly signal: AbortSignal },
): Promise<void> {
  const { model: source = 'stable-diffusion', workers = 1, threads = 1, images, seedStart, only, out } = args;
  const presets = args.presets ?? (tableOf(args.table).takesPresets ? Object.values(SAFETY_PRESETS) : undefined);
  checkRange('--workers', workers, { min: 1, max: 256, integer: true });
  const prompts = args.prompts === undefined ? undefined : await readPrompts(args.prompts);
  const bundle = await openJudgeFor(args.model, args.judge);
  await using local = new LocalDrawer(modelOpener(args.acceptLicense), safetyOf);
  const { model, identity } = await local.open(source, threads);
  const settings = drawSettings(model, args.set, threads);
  const { width, height } = model.defaults;
  await using drawer: Drawer = await drawerOf(args, local);
  await using runtime = nodeRuntime({ threads: 1 });
  await using judge = await loadJudge(runtime, bundle);
  const bar = progressBar(streams.stderr, args.table, 'pictures');
  try {
    const { report, markdown, files } = await evaluate({
      table: args.table,
      model: identity,
      settings,
      size: { width, height },
      judge,
      drawer,
      out,
      signal: streams.signal,
      onProgress: ({ done, total }) => bar.update(done, total),
      ...(images !== undefined && { images }),
      ...(seedStart !== undefined && { seedStart }),
      ...(prompts && { prompts }),
      ...(only && { only }),
      ...(presets && { presets: presetData(presets) }),
    });
    bar.clear();
    streams.stdout.write(args.json ? `${JSON.stringify(report)}\n` : `${markdown}\n${files.join('\n')}\n`);
  } finally {
    bar.clear();
  }
}

async function drawerOf({ queue, workers = 1, acceptLicense }: EvaluateArguments, local: LocalDrawer): Promise<Drawer> {
  if (queue === undefined && workers === 1) return local;
  // The model was opened here for its settings alone.
  await local[Symbol.asyncDispose]();
  if (queue !== undefined) return openQueueDrawer(queue);
  const license = acceptLicense === undefined ? [] : ['--accept-license', acceptLicense];
  return new ProcessDrawer(workers, WORKER_SCRIPT, ['worker', ...license]);
}
