import { encodePng } from '../files/png.js';
import type { Drawer, DrawTask } from './drawer.js';
import { connectQueue, QUEUE } from './queue-connection.js';
import type { QueueReply } from './queue-drawer.js';
import { packError } from './task-error.js';

/** Settings of {@link serveQueue}. @category Workers */
export interface ServeQueueOptions {
  /** Milliseconds after which a worker that is not heard of is taken for dead, and a cut connection waited for. Default 30,000. */
  readonly patience?: number;
  /** Stops taking tasks; the one at hand is finished. */
  readonly signal?: AbortSignal;
  /** Called when tasks are being taken, and after each. */
  readonly onTask?: (done: number) => void;
}

/** Workers that may fall silent over one task before it is given up; a busy machine may seem silent now and then. */
const STALLS = 20;

/** A connection may be cut for so many times the patience with a worker. */
const CUTS = 20;

/**
 * Draws what evaluations ask for at a queue, one task after the other, until the signal is given: the other end of
 * {@link openQueueDrawer}.
 *
 * A worker that was only silent and comes back draws the same pictures as the one that took its place, so neither harms.
 *
 * @throws OPTION_INVALID, QUEUE_UNREACHABLE
 *
 * @example
 * await serveQueue('redis://localhost:6379', drawer, { signal: AbortSignal.timeout(3_600_000) });
 * declare const drawer: Drawer;
 * @category Workers
 */
export async function serveQueue(address: string, drawer: Drawer, options: ServeQueueOptions = {}): Promise<void> {
  const { patience = 30_000, signal, onTask } = options;
  const { connection, bullmq } = await connectQueue(address, patience * CUTS);
  let done = 0;
  const worker = new bullmq.Worker<DrawTask, QueueReply>(
    QUEUE,
    async ({ data }) => {
      const reply = await drawer.draw(data).then(
        (images) => ({ images: images.map((image) => Buffer.from(encodePng(image)).toString('base64')) }),
        (error) => ({ error: packError(error) }),
      );
      onTask?.(++done);
      return reply;
    },
    {
      connection: connection.redis,
      lockDuration: patience,
      stalledInterval: Math.max(1000, patience / 2),
      maxStalledCount: STALLS,
    },
  );
  // A cut connection is waited for; a lock lost meanwhile only means that another worker draws the same.
  worker.on('error', () => undefined);
  onTask?.(0);
  const stopped = new Promise<void>((resolve) => {
    if (signal?.aborted) resolve();
    signal?.addEventListener('abort', () => resolve(), { once: true });
  });
  try {
    await Promise.race([stopped, connection.lost]);
    await worker.close();
  } finally {
    connection.close();
    await worker.close(true).catch(() => undefined);
  }
}
