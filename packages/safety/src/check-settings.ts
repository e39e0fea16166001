import { GuidanceError } from '@sega/guidance';
import type { SafetySettings } from './preset.js';

type Range = readonly [least: number, most: number];

const ANY: Range = [-Number.MAX_VALUE, Number.MAX_VALUE];
const SHARE: Range = [0, 1];
const POSITIVE: Range = [0, Number.MAX_VALUE];

/**
 * Refuses settings of a preset that no run could honour: they may come from a file.
 *
 * @throws OPTION_INVALID naming the preset, the setting, its value and the rule.
 * @internal
 */
export function checkSettings(settings: SafetySettings, preset: string): void {
  const { model, method, source, scale, threshold, warmup, steps, momentum } = settings;
  const refuse = (option: string, value: unknown, rule: string): never => {
    throw new GuidanceError(
      'OPTION_INVALID',
      `The safety preset "${preset}" has ${option} ${JSON.stringify(value)} for ${JSON.stringify(model)}; it must be ${rule}.`,
      { option, value, preset, model },
    );
  };
  const oneOf = (option: string, value: string, words: readonly string[]): void => {
    if (!words.includes(value)) refuse(option, value, `one of ${words.join(', ')}`);
  };
  const within = (option: string, value: number, [least, most]: Range, isWhole = false): void => {
    if (value >= least && value <= most && (!isWhole || Number.isInteger(value))) return;
    const bounds = most < Number.MAX_VALUE ? ` from ${least} to ${most}` : least >= 0 ? ` of at least ${least}` : '';
    refuse(option, value, `a ${isWhole ? 'whole' : 'finite'} number${bounds}`);
  };
  if (typeof model !== 'string' || model === '') refuse('model', model, 'the name of a family or of a model');
  oneOf('method', method, ['safe-latent', 'semantic']);
  oneOf('source', source, ['published', 'calibrated', 'experimental']);
  within('scale', scale, POSITIVE);
  within('threshold', threshold, method === 'semantic' ? SHARE : ANY);
  within('steps', steps, [1, Number.MAX_VALUE], true);
  within('warmup', warmup, [0, steps], true);
  within('momentum.scale', momentum?.scale, SHARE);
  within('momentum.beta', momentum?.beta, SHARE);
}
