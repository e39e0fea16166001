import { GuidanceError } from '@sega/guidance';
import { parseNumber, parseSettings } from './number-option.js';

/** A fair choice as asked for: what is left out comes from the model. */
export interface FairOption {
  readonly attributes: readonly string[];
  readonly proportions?: readonly number[];
  /** Another seed draws other attributes for the same pictures. */
  readonly seed?: number;
  readonly scale?: number;
  readonly threshold?: number;
  readonly warmup?: number;
  readonly cooldown?: number;
}

/** A fair choice with every setting decided. @category Request */
export interface RequestedFair extends FairOption {
  readonly proportions: readonly number[];
  readonly seed: number;
  readonly scale: number;
  readonly threshold: number;
}

const SETTINGS = ['seed', 'scale', 'threshold', 'warmup', 'cooldown'] as const;
const HINT = ' Proportions are written proportions=1:3.';

/**
 * Reads `<text>|<text>[@proportions=1:3,seed=4,scale=6,threshold=0.9,warmup=3,cooldown=20]`. The last `@` ends the texts.
 *
 * @throws OPTION_INVALID
 * @internal
 */
export function parseFair(value: string): FairOption {
  const at = value.lastIndexOf('@');
  const attributes = (at < 0 ? value : value.slice(0, at)).split('|').map((text) => text.trim());
  const settings = at < 0 ? [] : value.slice(at + 1).split(',');
  const isProportions = (setting: string): boolean => /^\s*proportions\s*=/.test(setting);
  const [proportions, twice] = settings.filter(isProportions);
  if (twice !== undefined) {
    throw new GuidanceError('OPTION_INVALID', `--fair sets proportions twice in "${value}". Keep one.`, {
      option: '--fair',
      value,
    });
  }
  const rest = settings.filter((setting) => !isProportions(setting)).join(',');
  return {
    attributes,
    ...(proportions !== undefined && {
      proportions: proportions
        .slice(proportions.indexOf('=') + 1)
        .split(':')
        .map((share) => parseNumber('--fair proportions', share)),
    }),
    ...parseSettings('--fair', rest, SETTINGS, HINT),
  };
}

/** `fair choice of female or male (0.5, 0.5; seed 0; scale 6, …)` @internal */
export function describeFair({ attributes, proportions, ...settings }: RequestedFair): string {
  const list = SETTINGS.filter((name) => settings[name] !== undefined).map((name) => `${name} ${settings[name]}`);
  return `fair choice of ${attributes.map((text) => `"${text}"`).join(' or ')} (${proportions.join(' : ')}; ${list.join(', ')})`;
}
