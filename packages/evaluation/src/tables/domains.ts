import { attribute } from '../attributes.js';
import type { MethodData, PictureJob } from '../picture-job.js';
import type { Prompt } from '../prompt-set.js';
import type { JudgedPicture, Study } from '../study.js';
import { type Count, countOf, percent, pooled, type SheetRow, type TableResult } from '../table.js';
import { chosen } from './chosen.js';

/** The pictures of one prompt: as many for each prompt of a set, so that all together are those asked for, or more. @internal */
export function jobsOfPrompt(study: Study, prompts: readonly Prompt[], prompt: Prompt): readonly PictureJob[] {
  const images = Math.max(1, Math.ceil(study.seeds.length / prompts.length));
  const first = prompt.seed ?? study.seeds[0]!;
  return Array.from({ length: images }, (_, i) => ({
    prompt: prompt.text,
    seed: first + i,
    ...(prompt.scale !== undefined && { scale: prompt.scale }),
  }));
}

/** Successes by prompt and by what the prompts are counted under. @category Tables */
export interface DomainReport {
  readonly attribute: string;
  readonly prompts: readonly (Count & { readonly prompt: string; readonly categories: readonly string[] })[];
  readonly categories: Readonly<Record<string, Count>>;
  readonly overall: Count;
}

/** What a table of domains asks for and says. @internal */
export interface DomainTable {
  readonly prompts: readonly Prompt[];
  /** The usual attribute. */
  readonly attribute: string;
  method(study: Study, text: string, job: PictureJob): MethodData;
  readonly paper: string;
  readonly note: string;
}

/** One attribute over the prompts of several domains: success in the pictures that lacked it. @internal */
export async function overDomains(study: Study, table: DomainTable): Promise<TableResult> {
  const names = chosen(study, [table.attribute, 'smile', 'beard', 'hat', 'glasses'], [table.attribute]);
  const prompts = study.prompts ?? table.prompts;
  const reports: DomainReport[] = [];
  const sheet: SheetRow[] = [];
  for (const name of names) {
    const { text } = attribute(name);
    const counts: (Count & { prompt: string; categories: readonly string[] })[] = [];
    for (const prompt of prompts) {
      const before = await study.pictures(jobsOfPrompt(study, prompts, prompt));
      const usable = before.filter((picture) => !picture.has(name));
      const after = await study.pictures(usable.map(({ job }) => ({ ...job, method: table.method(study, text, job) })));
      const count = countOf(after, (picture: JudgedPicture) => picture.has(name));
      counts.push({ prompt: prompt.text, categories: prompt.categories, ...count });
      sheet.push({ label: prompt.text, pictures: usable }, { label: `${prompt.text}, ${name}`, pictures: after });
    }
    const categories = [...new Set(counts.flatMap((count) => count.categories))];
    const of = (category: string): Count => pooled(counts.filter((count) => count.categories.includes(category)));
    reports.push({
      attribute: name,
      prompts: counts,
      categories: Object.fromEntries(categories.map((category) => [category, of(category)])),
      overall: pooled(counts),
    });
  }
  return {
    data: { attributes: reports },
    sections: reports.map((report) => ({
      title: report.attribute,
      header: ['prompt', 'pictures', 'success', 'paper'],
      rows: [
        ...report.prompts.map((count) => [count.prompt, String(count.usable), percent(count.success), '']),
        ...[...Object.entries(report.categories), ['overall', report.overall] as const].map(([name, count]) => [
          `**${name}**`,
          String(count.usable),
          percent(count.success),
          table.paper,
        ]),
      ],
    })),
    notes: [table.note],
    sheet: sheet.filter(({ pictures }) => pictures.length > 0),
  };
}
