import type { EvaluationReport } from './evaluate.js';
import type { Section, TableResult } from './table.js';

/** The report as a Markdown page. @internal */
export function markdown(title: string, report: EvaluationReport, { sections, notes }: TableResult): string {
  const { model, judge, settings, images, seedStart } = report;
  const { scale, concept, momentum, steps } = settings;
  const set = [
    `scale ${scale}`,
    `concepts at ${concept.scale}, threshold ${concept.threshold}, warm-up ${concept.warmup ?? 'a fifth of the steps'}`,
    ...(momentum.scale === 0 ? [] : [`momentum ${momentum.scale}, beta ${momentum.beta}`]),
    steps === undefined ? "the model's steps" : `${steps} steps`,
  ];
  return [
    `# ${title}`,
    `${model.name} ${model.version}, ${images} pictures from seed ${seedStart}, judged by ${judge.name} ${judge.version}; ${set.join('; ')}.`,
    ...sections.map(sectionText),
    ...notes,
  ]
    .join('\n\n')
    .concat('\n');
}

function sectionText({ title, header, rows }: Section): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const table = [line(header), `|${'---|'.repeat(header.length)}`, ...rows.map(line)].join('\n');
  return title === undefined ? table : `## ${title}\n\n${table}`;
}
