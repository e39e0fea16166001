import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { Trace } from '@sega/guidance';
import { useEffect } from 'preact/hooks';
import type { Drawing } from '../drawing/draw.js';
import { drawAnother, fail, type Pair, pair } from '../drawing/studio.js';
import type { Wish } from '../drawing/wish.js';

/** A picture an experiment needs. */
export interface Needed {
  readonly wish: Wish;
  /** A concept vector in the concepts' place. */
  readonly replayed?: Trace;
}

/**
 * Draws the pictures of an experiment one after the other, once the main pair is finished, and gives up when it no
 * longer is.
 *
 * @param key - Of everything `plan` depends on beside the pair.
 */
export function useDrawings(
  plan: (done: Pair) => readonly Needed[],
  key: string,
): ReadonlySignal<readonly (Drawing | undefined)[]> {
  const drawings = useSignal<readonly (Drawing | undefined)[]>([]);
  const done = pair.value;
  useEffect(() => {
    if (!done) return;
    const controller = new AbortController();
    const { signal } = controller;
    drawings.value = [];
    (async () => {
      for (const [i, { wish, replayed }] of plan(done).entries()) {
        const drawing = await drawAnother(done.loaded, wish, { signal, ...(replayed && { replayed }) });
        if (signal.aborted) return;
        const drawn = [...drawings.value];
        drawn[i] = drawing;
        drawings.value = drawn;
      }
    })().catch((error) => fail(error, signal));
    return () => controller.abort();
  }, [done, key]);
  return drawings;
}
