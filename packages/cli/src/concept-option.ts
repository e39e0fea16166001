import { GuidanceError } from '@sega/guidance';
import { parseNumber, parseSettings } from './number-option.js';

/** A concept as asked for: what is left out comes from the model. */
export interface ConceptOption {
  readonly direction: 'toward' | 'away';
  readonly text: string;
  readonly scale?: number;
  readonly threshold?: number;
  readonly warmup?: number;
  readonly cooldown?: number;
  readonly weight?: number;
}

/** What may follow a concept's text after the `@`. */
export const CONCEPT_SETTINGS = ['scale', 'threshold', 'warmup', 'cooldown', 'weight'] as const;

/**
 * Reads `<text>[@scale=6,threshold=0.9,warmup=3,cooldown=20,weight=1]`.
 *
 * The last `@` ends the text, so a text that holds one is written with another after it: `me@home@`.
 *
 * @throws OPTION_INVALID
 * @internal
 */
export function parseConcept(direction: ConceptOption['direction'], value: string): ConceptOption {
  const option = `--${direction}`;
  const at = value.lastIndexOf('@');
  const text = (at < 0 ? value : value.slice(0, at)).trim();
  if (text === '') {
    throw new GuidanceError(
      'OPTION_INVALID',
      `${option} "${value}" names no concept. Write a text before the settings: ${option} "glasses@scale=6".`,
      { option, value },
    );
  }
  const hint = ` A text that holds an @ ends with another: ${option} "${value}@".`;
  const settings = at < 0 ? {} : parseSettings(option, value.slice(at + 1), CONCEPT_SETTINGS, hint);
  return { direction, text, ...settings };
}

/**
 * Reads `<scale>[,beta=0.6]`.
 *
 * @throws OPTION_INVALID
 * @internal
 */
export function parseMomentum(value: string): { readonly scale: number; readonly beta?: number } {
  const [scale = '', ...settings] = value.split(',');
  return {
    scale: parseNumber('--momentum', scale),
    ...parseSettings('--momentum', settings.join(','), ['beta'] as const),
  };
}
