import { type ErrorCode, GuidanceError } from '@sega/guidance';

const DECIMAL = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

/** A decimal number as typed. @throws OPTION_INVALID @internal */
export function parseNumber(option: string, value: string): number {
  if (DECIMAL.test(value.trim())) return Number(value);
  throw new GuidanceError('OPTION_INVALID', `${option} is "${value}"; it must be a number. Write for example 7.5.`, {
    option,
    value,
  });
}

/** Reads `key=number,key=number`, each of the given keys at most once. @throws OPTION_INVALID @internal */
export function parseSettings<Key extends string>(
  option: string,
  value: string,
  keys: readonly Key[],
  hint = '',
): Partial<Record<Key, number>> {
  const settings: Partial<Record<Key, number>> = {};
  if (value.trim() === '') return settings;
  for (const pair of value.split(',')) {
    const [name = '', number, ...more] = pair.split('=').map((part) => part.trim());
    const key = keys.find((candidate) => candidate === name);
    if (!key || number === undefined || more.length > 0) {
      throw new GuidanceError(
        'OPTION_INVALID',
        `${option} has "${pair}" where a setting should be: ${keys.map((name) => `${name}=<number>`).join(', ')}.${hint}`,
        { option, setting: pair, known: keys },
      );
    }
    if (settings[key] !== undefined) {
      throw new GuidanceError('OPTION_INVALID', `${option} sets ${key} twice in "${value}". Keep one.`, {
        option,
        value,
      });
    }
    settings[key] = parseNumber(`${option} ${key}`, number);
  }
  return settings;
}

/** A closed range; `integer` asks for a whole number. @internal */
export interface Range {
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
}

/** Refuses a number outside its range, NaN included. @throws the given code @internal */
export function checkRange(
  option: string,
  value: unknown,
  { min = -Number.MAX_VALUE, max = Number.MAX_VALUE, integer = false }: Range = {},
  code: ErrorCode = 'OPTION_INVALID',
): void {
  const valid = typeof value === 'number' && value >= min && value <= max && (!integer || Number.isInteger(value));
  if (valid) return;
  const bounds = [
    min === -Number.MAX_VALUE ? '' : ` of at least ${min}`,
    max === Number.MAX_VALUE ? '' : `${min === -Number.MAX_VALUE ? ' of' : ' and'} at most ${max}`,
  ].join('');
  throw new GuidanceError(
    code,
    `${option} is ${String(value)}; it must be a ${integer ? 'whole' : 'finite'} number${bounds}.`,
    { option, value, min, max },
  );
}
