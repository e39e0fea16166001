import { GuidanceError } from '@sega/guidance';
import { fair, JUDGE_ACTIONS, STRENGTHS, safe, safetyText } from '@sega/safety';
import type { ConceptOption } from './concept-option.js';
import type { FairOption } from './fair-option.js';
import { checkRange } from './number-option.js';
import { COMPAT_MODES, MASKS, type RequestOptions } from './request.js';
import { type RequestedSafety, SAFETY_METHODS } from './safety-option.js';
import { type StageSetting, valuesOf } from './stage-option.js';

/**
 * Refuses what no model could honour, before one is loaded: ranges, empty texts, unknown words. Also what a PNG carries
 * goes through here, since anyone may have written it.
 *
 * @throws GuidanceError
 * @internal
 */
export function checkRequest(options: RequestOptions): asserts options is RequestOptions & { readonly prompt: string } {
  const { prompt, negative, model, sampler, replay, concepts = [], momentum } = options;
  if (prompt === undefined || (typeof prompt === 'string' && prompt.trim() === '')) {
    throw new GuidanceError(
      'PROMPT_EMPTY',
      'The prompt is empty. Write what the picture shows: sega generate "a portrait of a king".',
    );
  }
  for (const [option, text] of Object.entries({ prompt, '--negative': negative, '--replay': replay })) {
    if (text !== undefined) checkText(option, text);
  }
  if (model !== undefined) checkText('--model', model, { empty: false });
  eachStage('--sampler', sampler, (option, name) => checkText(option, name, { empty: false }));
  checkStages(options.stages);
  concepts.forEach(checkConcept);
  eachStage('--scale', options.scale, (option, value) => checkRange(option, value));
  eachStage('guided', options.guided, (option, share) => checkRange(option, share, { min: 0, max: 1 }));
  optional('--momentum', momentum?.scale, { min: 0, max: 1 });
  optional('--momentum beta', momentum?.beta, { min: 0, max: 1 });
  optional('--rescale', options.rescale, { min: 0, max: 1 });
  eachStage('--steps', options.steps, checkSteps);
  if (options.seed !== undefined) {
    checkRange('--seed', options.seed, { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }, 'SEED_INVALID');
  }
  for (const side of ['width', 'height'] as const) {
    if (options[side] !== undefined)
      checkRange(`--${side}`, options[side], { min: 1, max: 65536, integer: true }, 'SIZE_UNSUPPORTED');
  }
  if (options.safety !== undefined) checkSafety(options.safety);
  if (options.fair !== undefined) checkFair(options.fair);
  oneOf('--check', options.check, JUDGE_ACTIONS);
  oneOf('--mask', options.mask, MASKS);
  oneOf('--compat', options.compat, COMPAT_MODES);
}

function checkConcept({ direction, text, scale, threshold, warmup, cooldown, weight }: ConceptOption): void {
  oneOf('direction', direction, ['toward', 'away']);
  checkText(`--${direction}`, text, { empty: false });
  const option = `--${direction} "${text}"`;
  optional(`${option} scale`, scale);
  optional(`${option} threshold`, threshold, { min: 0, max: 1 });
  optional(`${option} warmup`, warmup, { min: 0, integer: true });
  optional(`${option} cooldown`, cooldown, { min: 0, integer: true });
  optional(`${option} weight`, weight, { min: 0 });
  if (warmup !== undefined && cooldown !== undefined && cooldown <= warmup) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `${option} has cooldown ${cooldown} and warmup ${warmup}; it would never act. Let cooldown be larger than warmup.`,
      { option, warmup, cooldown },
    );
  }
}

function checkSafety({ preset, method, concepts }: RequestedSafety): void {
  if (typeof preset === 'object') safe(preset);
  else oneOf('--safety', preset, STRENGTHS);
  oneOf('--safety-method', method, SAFETY_METHODS);
  if (concepts !== undefined) safetyText(concepts);
}

function checkFair({ attributes, ...settings }: FairOption): void {
  const { scale, threshold, warmup, cooldown } = settings;
  optional('--fair scale', scale);
  optional('--fair threshold', threshold, { min: 0, max: 1 });
  optional('--fair warmup', warmup, { min: 0, integer: true });
  optional('--fair cooldown', cooldown, { min: 1, integer: true });
  fair(attributes, settings);
}

function eachStage(
  option: string,
  setting: StageSetting<unknown> | undefined,
  check: (option: string, value: unknown) => void,
): void {
  for (const [name, value] of setting === undefined ? [] : valuesOf(option, setting)) check(name, value);
}

/** Names and lists of timesteps are the model's to judge. */
function checkSteps(option: string, steps: unknown): void {
  if (Array.isArray(steps)) for (const timestep of steps) checkRange(option, timestep, {}, 'STEPS_INVALID');
  else if (typeof steps === 'string') checkText(option, steps, { empty: false });
  else checkRange(option, steps, { min: 1, max: 1000, integer: true }, 'STEPS_INVALID');
}

function checkStages(stages: unknown): void {
  if (stages === undefined) return;
  if (Array.isArray(stages)) for (const stage of stages) checkText('--stages', stage, { empty: false });
  else checkText('--stages', stages, { empty: false });
}

function optional(option: string, value: number | undefined, range?: Parameters<typeof checkRange>[2]): void {
  if (value !== undefined) checkRange(option, value, range);
}

function checkText(option: string, value: unknown, { empty = true } = {}): void {
  if (typeof value === 'string' && (empty || value.trim() !== '')) return;
  throw new GuidanceError('OPTION_INVALID', `${option} is ${JSON.stringify(value)}; it must be a text.`, {
    option,
    value,
  });
}

function oneOf(option: string, value: unknown, words: readonly string[]): void {
  if (value === undefined || words.some((word) => word === value)) return;
  throw new GuidanceError('OPTION_INVALID', `${option} is "${String(value)}"; it must be one of ${words.join(', ')}.`, {
    option,
    value,
    words,
  });
}
