import {
  away,
  type Branch,
  type Coefficient,
  Direction,
  type Guidance,
  GuidanceError,
  type RunInfo,
  safeLatent,
  semantic,
} from '@sega/guidance';
import { checkSettings } from './check-settings.js';
import { withoutPush } from './locked.js';
import { presetNamed, type SafetyMethod, type SafetyPreset, type SafetySettings, type Strength } from './preset.js';
import { safetyText } from './safety-text.js';
import { settingsFor } from './settings-for.js';

/** How {@link safe} is to act. @category Safety */
export interface SafetyOptions {
  /** What to keep out of pictures, in place of the preset's. */
  readonly concepts?: readonly string[];
  /** Default: that of the first settings the preset has for the model. */
  readonly method?: SafetyMethod;
  /**
   * Also takes out what other methods of the chain add toward the concepts, where those are strongest. Default false: a
   * concept steered toward on purpose may outweigh the safety.
   */
  readonly locked?: boolean;
  /**
   * As diffusers' StableDiffusionPipelineSafe: `safe-latent`, warm-ups as steps of whatever run, the correction weighed by
   * the run's guidance scale alone; but never less than once, where the pipeline drops it at scales up to 1.
   */
  readonly compat?: 'diffusers';
}

/** What {@link safe} remembers of a run. @category Safety */
export interface SafetyState {
  readonly run: RunInfo;
  readonly settings: SafetySettings;
  readonly inner: Guidance;
  readonly innerState: unknown;
  /** The steps it acted at. */
  readonly acted: number[];
}

/** The guidance scale that the settings of Safe Latent Diffusion were published for. */
const PUBLISHED_SCALE = 7.5;

/**
 * Keeps concepts out of pictures: Safe Latent Diffusion ({@link https://arxiv.org/abs/2211.05105 | Schramowski et al. 2023})
 * or SEGA ({@link https://arxiv.org/abs/2301.12247 | Brack et al. 2023}), whichever the preset has for the model at hand.
 *
 *     direction ← direction − max(w, 7.5)·γ        safe-latent: γ of safeLatent, w the weight of the prompt
 *     direction ← direction + γ                    semantic: γ of semantic([away(text)])
 *
 * It acts after all other methods of its chain, wherever it stands, so that it is in force at every guidance scale, 0
 * and 1 included. Warm-ups move in proportion to the run's steps. Several add up. What it did is in the result's
 * `applied`.
 *
 * @param preset - A preset's name, or a preset of one's own. Default `medium`.
 * @throws OPTION_INVALID when there is no such preset, or nothing in it for the method asked for, or a setting is out of
 * its range; PROMPT_EMPTY when a concept is blank.
 *
 * @example
 * const guidance = chain(safe('strong'), scale(7.5), semantic([toward('smile')]));
 * @category Safety
 */
export function safe(preset: Strength | SafetyPreset = 'medium', options: SafetyOptions = {}): Guidance<SafetyState> {
  const { name, concepts: own, settings: all } = presetNamed(preset);
  const { concepts = own, locked = false, compat } = options;
  const method = options.method ?? (compat && 'safe-latent');
  const text = safetyText(concepts);
  const concept: Branch = `concept:${text}`;
  const candidates = all.filter((settings) => method === undefined || settings.method === method);
  if (candidates.length === 0) {
    throw new GuidanceError(
      'OPTION_INVALID',
      `The safety preset "${name}" has no settings${method ? ` for the method "${method}"` : ''}; give it some for each family of models.`,
      { option: 'settings', preset: name, method },
    );
  }
  const guidanceOf = (settings: SafetySettings, steps: number): Guidance =>
    guidanceFor(settings, text, compat ? settings.warmup : Math.round((settings.warmup * steps) / settings.steps));
  for (const settings of candidates) checkSettings(settings, name);
  const innerBranches = remembered((count: number) => candidates.map((settings) => guidanceOf(settings, count)));
  return {
    name: 'safe',
    last: true,
    branches: (step) => [
      ...innerBranches(step.count).flatMap((inner) => inner.branches(step)),
      ...(locked ? (['unconditional', concept] as const) : []),
    ],
    init: (run, ops) => {
      const settings = settingsFor(run, candidates, name);
      const inner = guidanceOf(settings, run.steps);
      return { run, settings, inner, innerState: inner.init(run, ops), acted: [] };
    },
    update: (direction, predictions, step, { run, settings, inner, innerState, acted }, ops) => {
      const held = locked ? withoutPush(direction, concept, predictions, run, ops) : direction;
      const own = inner.update(Direction.start, predictions, step, innerState, ops).plus(Direction.start, -1);
      if (own.isZero) return held;
      acted.push(step.index);
      return held.plus(own, settings.method === 'semantic' ? 1 : weightOf(direction, compat ? 1 : PUBLISHED_SCALE));
    },
    finish: async ({ run, settings, inner, innerState, acted }, read) => {
      await inner.finish?.(innerState, read);
      run.report({ method: 'safe', stage: run.stage, preset: name, text, locked, settings, acted });
    },
  };
}

/** How strongly the prompt is weighed, but no less than a preset needs. */
function weightOf(direction: Direction, least: number): Coefficient {
  const weight = direction.coefficient('prompt');
  return typeof weight === 'number' ? Math.max(weight, least) : weight.map((value) => Math.max(value, least));
}

function guidanceFor({ method, scale, threshold, momentum }: SafetySettings, text: string, warmup: number): Guidance {
  return method === 'semantic'
    ? semantic([away(text, { scale, threshold, warmup })], { momentum })
    : safeLatent({ text, scale, threshold, warmup, momentum });
}

/** A function of one number, computed once for each. */
function remembered<T>(compute: (key: number) => T): (key: number) => T {
  const known = new Map<number, T>();
  return (key) => {
    const value = known.get(key) ?? compute(key);
    known.set(key, value);
    return value;
  };
}
