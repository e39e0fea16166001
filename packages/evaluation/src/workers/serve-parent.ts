import { GuidanceError } from '@sega/guidance';
import type { Drawer, DrawTask } from './drawer.js';
import type { ProcessReply } from './process-drawer.js';
import { packError } from './task-error.js';

/** What a worker process is told. */
type Request = { readonly id: number; readonly task: DrawTask } | { readonly abort: number };

/**
 * Draws what the parent process asks for, one task after the other, until the parent leaves: the other end of
 * {@link ProcessDrawer}.
 *
 * @throws OPTION_INVALID when no parent started this process for it.
 *
 * @example
 * await serveParent(drawer);
 * declare const drawer: Drawer;
 * @category Workers
 */
export async function serveParent(drawer: Drawer): Promise<void> {
  if (!process.send) {
    throw new GuidanceError(
      'OPTION_INVALID',
      'This process has no parent to draw for. Name a queue, or leave starting workers to --workers.',
    );
  }
  const running = new Map<number, AbortController>();
  const answers: Promise<void>[] = [];
  const left = new Promise<void>((resolve) => process.once('disconnect', resolve));
  process.on('message', (request: Request) => {
    if ('abort' in request) running.get(request.abort)?.abort();
    else answers.push(answer(request.id, request.task));
  });
  const answer = async (id: number, task: DrawTask): Promise<void> => {
    const controller = new AbortController();
    running.set(id, controller);
    const reply: ProcessReply = await drawer.draw(task, controller.signal).then(
      (images) => ({ id, images }),
      (error) => ({ id, error: packError(error) }),
    );
    running.delete(id);
    if (process.connected) process.send!(reply, () => undefined);
  };
  await left;
  for (const controller of running.values()) controller.abort();
  await Promise.all(answers);
}
