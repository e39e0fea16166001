import { type GenerateResult, GuidanceError } from '@sega/guidance';
import { type JudgeAction, judge, type PictureJudge, type Verdict } from '@sega/safety';

/**
 * What happens to flagged pictures: what was asked for, or `refuse` where the model has a safety checker.
 *
 * @throws UNSUPPORTED when something was asked for and the model has none.
 * @internal
 */
export function checkAction(
  asked: JudgeAction | undefined,
  checker: PictureJudge | undefined,
  model: string,
): JudgeAction | undefined {
  if (checker) return asked ?? 'refuse';
  if (asked === undefined) return undefined;
  throw new GuidanceError(
    'UNSUPPORTED',
    `--check ${asked} needs a safety checker and ${model} comes without one. Leave --check out, or use a model that has one.`,
    { option: '--check', model },
  );
}

/** A result with a verdict on each picture: undefined where there is no checker. @internal */
export interface CheckedResult extends GenerateResult {
  readonly verdicts: readonly (Verdict | undefined)[];
}

/** The result as it may be shown. @throws JUDGE_INVALID @internal */
export async function checkPictures(
  result: GenerateResult,
  checker: PictureJudge | undefined,
  action: JudgeAction | undefined,
): Promise<CheckedResult> {
  return checker && action
    ? judge(result, checker, action)
    : { ...result, verdicts: result.images.map(() => undefined) };
}
