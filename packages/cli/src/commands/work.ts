import { LocalDrawer, serveParent, serveQueue } from '@sega/evaluation';
import type { WorkerArguments } from '../evaluate-options.js';
import { modelOpener } from '../model-opener.js';
import type { TextStream } from '../progress.js';
import { safetyOf } from '../safety-guidance.js';

/**
 * `sega worker`: draws for evaluations at a queue until it is interrupted, or for the process that started it.
 *
 * @internal
 */
export async function work(
  { queue, patience, acceptLicense }: WorkerArguments,
  { stderr, signal }: { readonly stderr: TextStream; readonly signal: AbortSignal },
): Promise<void> {
  await using drawer = new LocalDrawer(modelOpener(acceptLicense), safetyOf);
  if (queue === undefined) return serveParent(drawer);
  await serveQueue(queue, drawer, {
    signal,
    ...(patience !== undefined && { patience: patience * 1000 }),
    onTask: (done) => void stderr.write(done === 0 ? 'waiting for work; Ctrl-C ends it\n' : `${done} done\n`),
  });
}
