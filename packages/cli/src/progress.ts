/** Where progress and messages go: a terminal, a file or a test. @category Command line */
export interface TextStream {
  /** Takes text as it is, line ends included. */
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

const WIDTH = 24;

/**
 * A progress bar on one line of a terminal; silent everywhere else.
 *
 * @param unit - What is counted. Default `steps`.
 *
 * @example
 * import { Run } from '@sega/guidance';
 * const run = new Run(model, 'a portrait of a king', { seed: 21 });
 * const bar = progressBar(process.stderr, 'seed 21');
 * for await (const { step } of run) bar.update(step.index + 1, run.steps);
 * bar.finish();
 * @category Command line
 */
export function progressBar(stream: TextStream, label: string, unit = 'steps'): ProgressBar {
  if (!stream.isTTY) return { update: () => undefined, finish: () => undefined, clear: () => undefined };
  const start = performance.now();
  return {
    update: (done, total) => {
      const filled = Math.round((WIDTH * done) / total);
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      const bar = '█'.repeat(filled) + '░'.repeat(WIDTH - filled);
      stream.write(`\r\x1b[2K${label} ${bar} ${done}/${total} ${unit}, ${seconds} s`);
    },
    finish: () => stream.write('\n'),
    clear: () => stream.write('\r\x1b[2K'),
  };
}

/** A bar in progress. @category Command line */
export interface ProgressBar {
  /** Redraws the bar. */
  update(done: number, total: number): void;
  /** Leaves the bar on the screen and goes to the next line. */
  finish(): void;
  /** Takes the bar off the screen. */
  clear(): void;
}
