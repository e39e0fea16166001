import { type GenerateResult, GuidanceError, type Image } from '@sega/guidance';
import { blur } from './blur.js';

/** What a judge says of one picture. @category Judge */
export interface Verdict {
  /** Whether the picture must not be shown as it is. */
  readonly flagged: boolean;
  /** Whatever the judge measured, by name; larger is worse. */
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * A classifier of finished pictures: a bundle's own safety checker, or any function.
 *
 * @category Judge
 */
export interface PictureJudge {
  readonly name: string;
  /** One verdict for each picture, in order. */
  judge(images: readonly Image[]): Promise<readonly Verdict[]>;
}

/** What happens to pictures a judge flags. @category Judge */
export const JUDGE_ACTIONS = ['flag', 'blur', 'refuse'] as const;

/**
 * `flag` leaves the picture as it is, `blur` makes it unrecognisable, `refuse` puts a black one in its place, as the
 * reference implementations do.
 *
 * @category Judge
 */
export type JudgeAction = (typeof JUDGE_ACTIONS)[number];

/** A result with verdicts. @category Judge */
export interface JudgedResult extends GenerateResult {
  /** One for each picture. */
  readonly verdicts: readonly Verdict[];
}

/**
 * Has finished pictures judged, and acts on those that are flagged, in every stage of a cascade.
 *
 * Nothing passes unjudged: when the judge fails, so does this. Previews of a run's steps are not judged.
 *
 * @param by - The judge.
 * @param action - Default `refuse`.
 * @throws OPTION_INVALID when there is no such action; JUDGE_INVALID when the judge fails or does not say one thing of
 * each picture.
 *
 * @example
 * const tooRed: PictureJudge = {
 *   name: 'too red',
 *   judge: async (images) =>
 *     images.map(({ data }) => {
 *       const red = data.reduce((sum, value, i) => sum + (i % 3 ? 0 : value), 0) / (data.length / 3);
 *       return { flagged: red > 200, scores: { red } };
 *     }),
 * };
 * const { images, verdicts } = await judge(await generate(model, 'a portrait of a king'), tooRed, 'blur');
 * @category Judge
 */
export async function judge(
  result: GenerateResult,
  by: PictureJudge,
  action: JudgeAction = 'refuse',
): Promise<JudgedResult> {
  if (!JUDGE_ACTIONS.includes(action)) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `A judge has no action "${String(action)}"; it has ${JUDGE_ACTIONS.join(', ')}.`,
      { option: 'action', value: action, words: JUDGE_ACTIONS },
    );
  }
  const verdicts = await verdictsOf(result.images, by);
  const treated = (images: readonly Image[]): readonly Image[] =>
    images.map((image, item) => (verdicts[item]!.flagged ? treat(image, action) : image));
  const flagged = result.seeds.filter((_, item) => verdicts[item]!.flagged);
  return {
    ...result,
    images: treated(result.images),
    stageImages: Object.fromEntries(
      Object.entries(result.stageImages).map(([stage, images]) => [stage, treated(images)]),
    ),
    applied: [
      ...result.applied,
      { method: 'judge', stage: Object.keys(result.stageImages).at(-1) ?? '', judge: by.name, action, flagged },
    ],
    verdicts,
  };
}

async function verdictsOf(images: readonly Image[], by: PictureJudge): Promise<readonly Verdict[]> {
  const invalid = (what: string, cause?: unknown): GuidanceError =>
    new GuidanceError(
      'JUDGE_INVALID',
      `The judge "${by.name}" ${what}. No picture is handed out unjudged: mend the judge, or leave it out.`,
      { judge: by.name, images: images.length },
      { cause },
    );
  const verdicts = await by.judge(images).catch((error: unknown) => {
    throw invalid(`failed: ${error instanceof Error ? error.message : String(error)}`, error);
  });
  if (!Array.isArray(verdicts) || verdicts.length !== images.length) {
    throw invalid(`gave ${Array.isArray(verdicts) ? verdicts.length : 'no'} verdicts for ${images.length} pictures`);
  }
  if (verdicts.every((verdict) => typeof verdict?.flagged === 'boolean')) return verdicts;
  throw invalid('gave a verdict without `flagged`: true or false');
}

function treat(image: Image, action: JudgeAction): Image {
  if (action === 'flag') return image;
  return action === 'blur' ? blur(image) : { ...image, data: new Uint8Array(image.data.length) };
}
