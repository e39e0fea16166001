import type { Applied, GenerateResult } from '@sega/guidance';
import type { PictureRequest } from './request.js';
import { describeSetting, isByStage, type StageSetting } from './stage-option.js';

/** What `sega generate --json` prints. @category Command line */
export interface GenerateReport {
  readonly images: readonly {
    readonly path: string;
    readonly seed: number;
    readonly width: number;
    readonly height: number;
    /** The stage that made it, where it is not the finished picture. */
    readonly stage?: string;
    /** True where the model's own safety checker flagged the picture. */
    readonly flagged?: true;
    /** What methods say they did, such as the safety in force; left out where they say nothing. */
    readonly applied?: readonly Applied[];
  }[];
  /** Seeds of the pictures that were flagged and not written; left out where nothing checks pictures. */
  readonly refused?: readonly number[];
  readonly model: PictureRequest['model'];
  /** In a cascade by stage, as steps are. */
  readonly sampler: PictureRequest['sampler'];
  readonly steps: PictureRequest['steps'];
  /** Network rows evaluated, by stage and branch. */
  readonly evaluations: GenerateResult['evaluations'];
  /** Wall-clock; `session` is the part of `denoise` inside the network, `total` the whole command. */
  readonly milliseconds: GenerateResult['milliseconds'] & { readonly load: number };
  readonly warnings: readonly string[];
}

/** Adds the batches of one command up. @internal */
export function sumResults(
  results: readonly GenerateResult[],
): Pick<GenerateReport, 'evaluations' | 'milliseconds' | 'warnings'> {
  const evaluations: Record<string, Record<string, number>> = {};
  const milliseconds = { load: 0, encode: 0, denoise: 0, session: 0, decode: 0, total: 0 };
  for (const result of results) {
    for (const [stage, branches] of Object.entries(result.evaluations)) {
      const sums = evaluations[stage] ?? {};
      evaluations[stage] = sums;
      for (const [branch, rows] of Object.entries(branches)) sums[branch] = (sums[branch] ?? 0) + rows;
    }
    for (const phase of ['encode', 'denoise', 'session', 'decode'] as const) {
      milliseconds[phase] += result.milliseconds[phase];
    }
  }
  return { evaluations, milliseconds, warnings: [...new Set(results.flatMap((result) => result.warnings))] };
}

/** `ddim, 25 steps`, or by stage. @internal */
export function describeSteps(sampler: StageSetting<string>, steps: PictureRequest['steps']): string {
  return isByStage(steps) || typeof steps !== 'number'
    ? `${describeSetting(sampler)}; steps ${describeSetting(steps)}`
    : `${describeSetting(sampler)}, ${steps} steps`;
}

/** The report in a few lines. @internal */
export function describeReport(report: GenerateReport): string {
  const { images, refused = [], model, sampler, steps, evaluations, milliseconds } = report;
  const rows = Object.entries(evaluations).map(([stage, branches]) => {
    const sum = Object.values(branches).reduce((total, count) => total + count, 0);
    const list = Object.entries(branches).map(([branch, count]) => `${branch} ${count}`);
    return `${stage}: ${sum} evaluations (${list.join(', ')})\n`;
  });
  const seconds = (phase: keyof typeof milliseconds): string => `${(milliseconds[phase] / 1000).toFixed(2)} s`;
  return [
    ...images.map(
      ({ path, seed, width, height, stage, flagged }) =>
        `${path}  seed ${seed}, ${width} × ${height}${stage === undefined ? '' : `, stage ${stage}`}${flagged ? ', flagged' : ''}\n`,
    ),
    ...refused.map((seed) => `seed ${seed}: refused by the model's safety checker\n`),
    `${model.name}, ${describeSteps(sampler, steps)}\n`,
    ...rows,
    `${seconds('total')}: load ${seconds('load')}, encode ${seconds('encode')}, denoise ${seconds('denoise')}, decode ${seconds('decode')}\n`,
  ].join('');
}
