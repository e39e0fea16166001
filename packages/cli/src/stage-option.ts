import type { Steps } from '@sega/guidance';
import { GuidanceError } from '@sega/guidance';
import { parseNumber } from './number-option.js';

/** A setting for all stages of a model, or one for each by its name. @category Request */
export type StageSetting<T> = T | Readonly<Record<string, T>>;

/**
 * Reads `<value>` or `<stage>=<value>,<stage>=<value>`.
 *
 * @throws OPTION_INVALID
 * @internal
 */
export function parseByStage<T>(
  option: string,
  value: string,
  parse: (option: string, value: string) => T,
): StageSetting<T> {
  if (!value.includes('=')) return parse(option, value);
  const settings: Record<string, T> = {};
  for (const pair of value.split(',')) {
    const [stage = '', own = '', ...more] = pair.split('=').map((part) => part.trim());
    if (stage === '' || own === '' || more.length > 0 || Object.hasOwn(settings, stage)) {
      throw new GuidanceError(
        'OPTION_INVALID',
        `${option} has "${pair}" where one stage and its value should be. Write for example ${option} I=7,II=4.`,
        { option, value, setting: pair },
      );
    }
    settings[stage] = parse(`${option} ${stage}`, own);
  }
  return settings;
}

/** A number of steps, or the name of a schedule. @throws OPTION_INVALID @internal */
export function parseSteps(option: string, value: string): number | string {
  return /^[a-z][\w-]*$/i.test(value.trim()) && !/^(nan|infinity)$/i.test(value.trim())
    ? value.trim()
    : parseNumber(option, value);
}

/** Names of stages between commas. @throws OPTION_INVALID @internal */
export function parseStages(value: string): readonly string[] {
  const stages = value.split(',').map((stage) => stage.trim());
  if (stages.every((stage) => stage !== '') && new Set(stages).size === stages.length) return stages;
  throw new GuidanceError(
    'OPTION_INVALID',
    `--stages is "${value}"; it must name stages, each once. Write for example --stages I,II.`,
    { option: '--stages', value },
  );
}

/** True for one setting by stage. @internal */
export function isByStage<T>(setting: StageSetting<T> | undefined): setting is Readonly<Record<string, T>> {
  return typeof setting === 'object' && setting !== null && !Array.isArray(setting);
}

/** The values of a setting, whatever they are for, each with the name of its option. @internal */
export function valuesOf(option: string, setting: StageSetting<unknown>): readonly (readonly [string, unknown])[] {
  if (!isByStage(setting)) return [[option, setting]];
  return Object.entries(setting).map(([stage, value]) => [`${option} ${stage}`, value]);
}

/** A setting in words: `7`, or `I 7, II 4`. @internal */
export function describeSetting(setting: StageSetting<Steps>): string {
  if (!isByStage(setting)) return describeOne(setting);
  return Object.entries(setting)
    .map(([stage, value]) => `${stage} ${describeOne(value)}`)
    .join(', ');
}

function describeOne(value: Steps): string {
  return typeof value === 'object' ? `${value.length} listed` : String(value);
}
