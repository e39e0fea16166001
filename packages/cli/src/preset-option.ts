import { readFileSync } from 'node:fs';
import { GuidanceError } from '@sega/guidance';
import { SAFETY_PRESETS, type SafetyPreset, STRENGTHS, type Strength, safe } from '@sega/safety';

/** A preset as asked for: by its name, or one of the asker's own, which then is part of the request. @category Request */
export type RequestedPreset = Strength | SafetyPreset;

/**
 * Reads one preset: a name, or a JSON file with a preset in it.
 *
 * @throws OPTION_INVALID, PROMPT_EMPTY
 * @internal
 */
export function parsePreset(option: string, value: string): RequestedPreset {
  if (isStrength(value)) return value;
  const presets = readPresetFile(option, value);
  if (presets.length === 1) return presets[0]!;
  throw new GuidanceError(
    'OPTION_INVALID',
    `${option} is "${value}", which has ${presets.length} presets; it must have one. Leave the others out.`,
    { option, value, presets: presets.length },
  );
}

/**
 * Reads presets between commas: names, and JSON files with a preset or a list of them.
 *
 * @throws OPTION_INVALID also where two have one name; PROMPT_EMPTY
 * @internal
 */
export function parsePresets(option: string, value: string): readonly SafetyPreset[] {
  const words = value.split(',').map((word) => word.trim());
  const presets = words.flatMap((word) => (isStrength(word) ? [SAFETY_PRESETS[word]] : readPresetFile(option, word)));
  const twice = presets.find(({ name }, i) => presets.findIndex((other) => other.name === name) < i);
  if (!twice) return presets;
  throw new GuidanceError(
    'OPTION_INVALID',
    `${option} has two presets named "${twice.name}"; their rows could not be told apart. Rename one.`,
    { option, value, name: twice.name },
  );
}

/** @internal */
export function presetName(preset: RequestedPreset): string {
  return typeof preset === 'string' ? preset : preset.name;
}

function isStrength(word: string): word is Strength {
  return STRENGTHS.some((name) => name === word);
}

function readPresetFile(option: string, path: string): readonly SafetyPreset[] {
  const refuse = (what: string): GuidanceError =>
    new GuidanceError(
      'OPTION_INVALID',
      `${option} has "${path}", ${what}; it must be one of ${STRENGTHS.join(', ')}, or a JSON file with presets such as SAFETY_PRESETS has.`,
      { option, value: path, known: STRENGTHS },
    );
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw refuse('which is no preset and no file that can be read');
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    throw refuse('which is no JSON');
  }
  const presets = (Array.isArray(parsed) ? parsed : [parsed]) as readonly SafetyPreset[];
  if (presets.length === 0) throw refuse('which has none');
  for (const preset of presets) safe(preset);
  return presets;
}
