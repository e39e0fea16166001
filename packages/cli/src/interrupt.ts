import { GuidanceError } from '@sega/guidance';
import type { TextStream } from './progress.js';

/**
 * Turns Ctrl-C into an abort between two steps. Every further Ctrl-C only repeats the message: a process that ends
 * while the network runs takes native code down with it.
 *
 * @returns The signal, and a way to give Ctrl-C back its usual meaning.
 * @internal
 */
export function abortOnInterrupt(stderr: TextStream): { readonly signal: AbortSignal; restore(): void } {
  const controller = new AbortController();
  const onInterrupt = (): void => {
    stderr.write(controller.signal.aborted ? '\nstill finishing this step…\n' : '\nstopping after this step…\n');
    controller.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onInterrupt);
  return { signal: controller.signal, restore: () => process.off('SIGINT', onInterrupt) };
}

/** @throws ABORTED once the signal has been given. @internal */
export function throwIfInterrupted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new GuidanceError('ABORTED', 'The command was interrupted before it finished.');
}
