import { attribute, FACE_PROMPT } from '../attributes.js';
import { similarity } from '../measures/similarity.js';
import type { MethodData } from '../picture-job.js';
import type { JudgedPicture, Study } from '../study.js';
import { type Count, countOf, decimal, mean, percent, type SheetRow, type Table } from '../table.js';

/** One change, in the words each method takes it in. */
interface Change {
  readonly name: string;
  readonly wanted: boolean;
  /** The concept. */
  readonly text: string;
  /** What the negative prompt names. */
  readonly contrary: string;
  /** What is added to the prompt. */
  readonly extension: string;
}

interface Task {
  readonly name: string;
  readonly prompt: string;
  readonly changes: readonly Change[];
}

const adding = (name: string, extension: string): Change => ({ ...attribute(name), wanted: true, extension });

/** One of each kind of manipulation the paper compares. */
const TASKS: readonly Task[] = [
  {
    name: 'multi-edit',
    prompt: FACE_PROMPT,
    changes: [adding('glasses', 'with glasses'), adding('smile', 'with a smile'), adding('hat', 'with a hat')],
  },
  { name: 'minor change', prompt: FACE_PROMPT, changes: [adding('smile', 'with a smile')] },
  {
    name: 'style transfer',
    prompt: FACE_PROMPT,
    changes: [
      {
        name: 'drawing',
        wanted: true,
        text: 'drawing',
        contrary: 'photo, photography',
        extension: 'as a pencil drawing',
      },
    ],
  },
  {
    name: 'removal',
    prompt: 'a portrait of a person with glasses',
    changes: [
      {
        name: 'glasses',
        wanted: false,
        text: attribute('glasses').text,
        contrary: attribute('glasses').text,
        extension: 'without glasses',
      },
    ],
  },
];

/** A way to make the change: the prompt and the method that do. */
type Way = (task: Task, study: Study) => { readonly prompt: string; readonly method?: MethodData };

/** SEGA first; the others are compared with it. */
const WAYS: Readonly<Record<string, Way>> = {
  SEGA: ({ prompt, changes }, study) => ({
    prompt,
    method: {
      kind: 'semantic',
      concepts: changes.map(({ text, wanted }) => study.concept(text, wanted ? {} : { away: true })),
    },
  }),
  'composable guidance': ({ prompt, changes }, { settings: { scale } }) => ({
    prompt,
    method: {
      kind: 'composable',
      terms: changes.map(({ text, wanted }) => ({ text, weight: wanted ? scale : -scale })),
    },
  }),
  'negative prompt': ({ prompt, changes }) => ({
    prompt,
    method: { kind: 'negative', text: changes.map(({ contrary }) => contrary).join(', ') },
  }),
  'prompt extension': ({ prompt, changes }) => ({
    prompt: `${prompt} ${changes.map(({ extension }) => extension).join(' and ')}`,
  }),
};

/** One method on one task. @category Tables */
export interface MethodRow extends Count {
  readonly task: string;
  readonly method: string;
  /** Mean structural similarity to the original, of the pictures that changed as asked. */
  readonly similarity: number | null;
  /** Of the pictures that this method and SEGA changed as asked, the share in which SEGA's is more like the original. */
  readonly segaPreferred: number | null;
}

/** SEGA beside other ways to the same change. @category Tables */
export const methods: Table = {
  name: 'methods',
  title: 'Methods side by side: success, and likeness to the original',
  make: async (study) => {
    study.requireAttributes(TASKS.flatMap(({ changes }) => changes.map(({ name }) => name)));
    const rows: MethodRow[] = [];
    const sheet: SheetRow[] = [];
    for (const task of TASKS) {
      const originals = await study.draw(task.prompt, study.seeds);
      const usable = originals.filter((picture) => task.changes.some((change) => !shows(picture, change)));
      if (usable.length > 0) sheet.push({ label: task.name, pictures: usable });
      let sega: readonly (number | undefined)[] = [];
      for (const [method, way] of Object.entries(WAYS)) {
        const after = await study.pictures(usable.map(({ job }) => ({ ...job, ...way(task, study) })));
        const succeeded = after.map((picture) => task.changes.every((change) => shows(picture, change)));
        const likeness: (number | undefined)[] = [];
        for (const [i, before] of usable.entries()) {
          likeness.push(succeeded[i] ? similarity(await study.image(before), await study.image(after[i]!)) : undefined);
        }
        if (method === 'SEGA') sega = likeness;
        rows.push({
          task: task.name,
          method,
          ...countOf(succeeded, (success) => success),
          similarity: mean(likeness.filter((value) => value !== undefined)),
          segaPreferred: method === 'SEGA' ? null : preferred(sega, likeness),
        });
        if (after.length > 0) sheet.push({ label: `${task.name}, ${method}`, pictures: after });
      }
    }
    return {
      data: { rows },
      sections: [
        {
          header: ['task', 'method', 'pictures', 'success', 'similarity', 'SEGA more alike', 'paper'],
          rows: rows.map((row) => [
            row.task,
            row.method,
            String(row.usable),
            percent(row.success),
            decimal(row.similarity, 3, 'none succeeded'),
            row.method === 'SEGA' ? '' : percent(row.segaPreferred, 'none succeeded'),
            row.method === 'composable guidance' ? 'people preferred SEGA in 83.33 %, the other in 13.33 %' : '',
          ]),
        },
      ],
      notes: [
        'Similarity: mean structural similarity (SSIM) to the unguided picture of the same seed, where the change succeeded. ' +
          'SEGA more alike: of the pictures both methods changed, the share in which that of SEGA has the higher one.',
        'A negative prompt names the contrary of what is to be added. Composable guidance weighs each text like the prompt.',
      ],
      sheet,
    };
  },
};

function shows(picture: JudgedPicture, { name, wanted }: Change): boolean {
  return picture.has(name) === wanted;
}

function preferred(sega: readonly (number | undefined)[], other: readonly (number | undefined)[]): number | null {
  const both = sega.flatMap((own, i) =>
    own === undefined || other[i] === undefined ? [] : [[own, other[i]] as const],
  );
  return mean(both.map(([own, theirs]) => (own > theirs ? 1 : own === theirs ? 0.5 : 0)));
}
