import { Command } from 'commander';
import { evaluateTable } from './commands/evaluate.js';
import { generate } from './commands/generate.js';
import { showCommand } from './commands/show.js';
import { work } from './commands/work.js';
import { evaluateCommand, workerCommand } from './evaluate-options.js';
import { reportError } from './exit.js';
import { generateCommand } from './generate-options.js';
import { abortOnInterrupt } from './interrupt.js';
import type { TextStream } from './progress.js';
import { VERSION } from './version.js';

/** Where a command writes, and what stops it. @category Command line */
export interface Terminal {
  /** Results. */
  readonly stdout: TextStream;
  /** Progress, when it is a terminal, and errors. */
  readonly stderr: TextStream;
  /** Stops the command between two steps. Default: Ctrl-C does. */
  readonly signal?: AbortSignal;
}

/**
 * Runs the `sega` command.
 *
 * @param argv - What was typed after `sega`.
 * @param terminal - Default: the process's own streams.
 * @returns The exit code: 0 done, 1 failure, 2 usage, 130 interrupted. Never throws and never ends the process.
 *
 * @example
 * process.exitCode = await main(['generate', 'a portrait of a king', '--seed', '21']);
 * @category Command line
 */
export async function main(argv: readonly string[], terminal: Terminal = process): Promise<number> {
  const { stdout, stderr } = terminal;
  const interrupt = terminal.signal ? undefined : abortOnInterrupt(stderr);
  const signal = terminal.signal ?? interrupt!.signal;
  const program = new Command('sega')
    .description('Steer text-to-image models.')
    .version(VERSION, '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .addCommand(generateCommand((args) => generate(args, { stdout, stderr, signal })))
    .addCommand(showCommand(stdout))
    .addCommand(evaluateCommand((args) => evaluateTable(args, { stdout, stderr, signal })))
    .addCommand(workerCommand((args) => work(args, { stderr, signal })));
  for (const command of [program, ...program.commands]) {
    command.exitOverride().helpOption('--help', 'print this help');
    command.configureOutput({ writeOut: (text) => stdout.write(text), writeErr: () => undefined });
  }
  try {
    await program.parseAsync(argv.length > 0 ? argv : ['--help'], { from: 'user' });
    return 0;
  } catch (error) {
    const report = reportError(error, { json: argv.includes('--json'), debug: argv.includes('--debug') });
    if (report.text) stderr.write(report.text);
    return report.exitCode;
  } finally {
    interrupt?.restore();
  }
}
