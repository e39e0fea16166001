import { ATTRIBUTES, FACE_PROMPT, GENDER } from '../attributes.js';
import type { ConceptData } from '../picture-job.js';
import type { JudgedPicture, Study } from '../study.js';
import { chosen } from './chosen.js';

/** A change asked of a picture, as the paper's user study asked for it. @internal */
export interface Edit {
  /** Of the attribute. */
  readonly name: string;
  /** As the paper's table has it. */
  readonly title: string;
  readonly kind: 'added' | 'removed';
  /** Whether the edit can be seen at all: the attribute is absent, or is there to be removed. */
  isUsable(before: JudgedPicture): boolean;
  concepts(before: JudgedPicture): readonly ConceptData[];
  hasSucceeded(after: JudgedPicture, before: JudgedPicture): boolean;
}

/** A picture, and the one of the same seed after an edit. @internal */
export interface Edited {
  readonly before: JudgedPicture;
  readonly after: JudgedPicture;
}

/**
 * The paper's edits, limited to the attributes the study is limited to: gender changed and nine attributes added, nine
 * removed.
 *
 * @throws OPTION_INVALID when it is limited to what is none of them; ATTRIBUTE_UNKNOWN
 * @internal
 */
export function editsOf(study: Study): readonly Edit[] {
  const names = chosen(study, [GENDER.name, ...ATTRIBUTES.map(({ name }) => name)]);
  const edits = [changeOfGender(study), ...additions(study), ...removals(study)];
  return edits.filter(({ name }) => names.includes(name));
}

/** The pictures before any edit. @internal */
export function facesOf(study: Study): Promise<readonly JudgedPicture[]> {
  return study.draw(FACE_PROMPT, study.seeds);
}

/** Applies an edit to every picture it can be seen in. @internal */
export async function apply(study: Study, edit: Edit, faces: readonly JudgedPicture[]): Promise<readonly Edited[]> {
  const usable = faces.filter((face) => edit.isUsable(face));
  const after = await study.pictures(
    usable.map((before) => ({ ...before.job, method: { kind: 'semantic', concepts: edit.concepts(before) } })),
  );
  return usable.map((before, i) => ({ before, after: after[i]! }));
}

function additions(study: Study): Edit[] {
  return ATTRIBUTES.map(({ name, title, text }) => ({
    name,
    title,
    kind: 'added',
    isUsable: (before) => !before.has(name),
    concepts: () => [study.concept(text)],
    hasSucceeded: (after) => after.has(name),
  }));
}

function removals(study: Study): Edit[] {
  return ATTRIBUTES.map(({ name, title, text }) => ({
    name,
    title: `No ${title.toLowerCase()}`,
    kind: 'removed',
    isUsable: (before) => before.has(name),
    concepts: () => [study.concept(text, { away: true })],
    hasSucceeded: (after) => !after.has(name),
  }));
}

/** As from king to queen: away from one and toward the other. */
function changeOfGender(study: Study): Edit {
  const { name, title, male, female } = GENDER;
  return {
    name,
    title,
    kind: 'added',
    isUsable: () => true,
    concepts: (before) => {
      const [from, to] = before.has(name) ? [male, female] : [female, male];
      return [study.concept(from, { away: true }), study.concept(to)];
    },
    hasSucceeded: (after, before) => after.has(name) !== before.has(name),
  };
}
