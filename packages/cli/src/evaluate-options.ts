import type { SettingChanges } from '@sega/evaluation';
import type { SafetyPreset } from '@sega/safety';
import { Command, Option } from 'commander';
import { checkRange, parseNumber, parseSettings } from './number-option.js';
import { parsePresets } from './preset-option.js';

/** What `sega evaluate` is asked for. @internal */
export interface EvaluateArguments {
  readonly table: string;
  readonly model?: string;
  readonly acceptLicense?: string;
  readonly judge?: string;
  readonly images?: number;
  readonly seedStart?: number;
  readonly set?: SettingChanges;
  readonly prompts?: string;
  readonly only?: readonly string[];
  readonly presets?: readonly SafetyPreset[];
  readonly out: string;
  readonly workers?: number;
  readonly threads?: number;
  readonly queue?: string;
  readonly json?: boolean;
}

/** What `sega worker` is asked for. @internal */
export interface WorkerArguments {
  readonly acceptLicense?: string;
  readonly queue?: string;
  /** Seconds. */
  readonly patience?: number;
}

const SETTINGS = ['scale', 'steps', 'concept', 'threshold', 'warmup', 'momentum', 'beta'] as const;

/** The command line of `sega evaluate`. @internal */
export function evaluateCommand(run: (args: EvaluateArguments) => Promise<void>): Command {
  return new Command('evaluate')
    .description("Make one of the paper's tables on a model: draw its pictures, have a judge look at them, and count.")
    .argument(
      '<table>',
      'attributes, combinations, safety, robustness, uniqueness, monotonicity, isolation, distance, methods or settings',
    )
    .option('--model <name>', 'a known name, a folder, or an npm package (default: stable-diffusion)')
    .option('--accept-license <id>', 'accept the licence of a model that asks for it')
    .option('--judge <bundle>', 'who says what a picture shows: a folder or an npm package (default: that of the box)')
    .addOption(number('images', 'count', 'pictures of each row; of a set of prompts, of all together (default: 250)'))
    .addOption(number('seed-start', 'number', 'seed of the first picture (default: 0)'))
    .addOption(
      new Option(
        '--set <settings>',
        "in place of the model's: scale=3.5,steps=25,concept=6,threshold=0.9,warmup=2,momentum=0,beta=0.4",
      ).argParser((value) => parseSettings('--set', value, SETTINGS)),
    )
    .option('--prompts <file>', "in place of the table's: CSV with a column prompt, as I2P has, or one on every line")
    .addOption(new Option('--only <attributes>', 'rows of these alone, such as smile,glasses').argParser(names))
    .addOption(
      new Option(
        '--presets <list>',
        'safety compares these alone, such as strong,own.json: names, and JSON files with presets',
      ).argParser((value) => parsePresets('--presets', value)),
    )
    .option('--out <folder>', 'takes pictures and reports; a run that was stopped goes on from it', 'out/evaluation')
    .addOption(number('workers', 'count', 'processes that draw (default: 1, this one)'))
    .addOption(number('threads', 'count', 'threads of a network; more may change the last bits (default: 1)'))
    .addOption(new Option('--queue <address>', 'draw on the workers at redis://host:port').conflicts('workers'))
    .option('--json', 'print one JSON object and nothing else')
    .option('--debug', 'print the stack trace of an error')
    .action((table: string, typed: Omit<EvaluateArguments, 'table'>) => run({ ...typed, table }));
}

/** The command line of `sega worker`. @internal */
export function workerCommand(run: (args: WorkerArguments) => Promise<void>): Command {
  return new Command('worker')
    .description('Draw what evaluations ask for at a queue, until Ctrl-C.')
    .option('--queue <address>', 'redis://host:port')
    .option('--accept-license <id>', 'accept the licence of a model that asks for it')
    .addOption(number('patience', 'seconds', 'after which a silent worker is taken for dead (default: 30)'))
    .option('--debug', 'print the stack trace of an error')
    .action((typed: WorkerArguments) => {
      if (typed.patience !== undefined) checkRange('--patience', typed.patience, { min: 1, max: 3600 });
      return run(typed);
    });
}

function number(name: string, placeholder: string, description: string): Option {
  return new Option(`--${name} <${placeholder}>`, description).argParser((value) => parseNumber(`--${name}`, value));
}

function names(value: string): readonly string[] {
  return value
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
