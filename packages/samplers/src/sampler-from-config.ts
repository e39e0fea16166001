import { GuidanceError, type Sampler } from '@sega/guidance';
import {
  COMPATIBLE_CLASSES,
  COMPATIBLE_OPTIONS,
  DDIM,
  SAMPLER_CLASSES,
  SAMPLER_NAMES,
  type SamplerClass,
} from './config/sampler-classes.js';

/**
 * What a run may ask of a sampler beyond its configuration.
 *
 * @category Samplers
 */
export interface SamplerOverrides {
  /** η of `ddim`, within [0, 1]. Default 0. */
  readonly eta?: number;
}

/**
 * Every name {@link samplerFromConfig} takes.
 *
 * @example
 * samplerNames.includes('dpm++'); // true
 * @category Samplers
 */
export const samplerNames: readonly string[] = Object.keys(SAMPLER_NAMES);

/**
 * The sampler a scheduler_config.json of diffusers describes, read as it is: options left out or null take the defaults
 * of the class, keys that begin with `_` are not options.
 *
 * A name takes another class in place of the configured one and keeps the options both know, as
 * `Scheduler.from_config` does. Options that only other classes read are left unread; options no class of diffusers
 * has are refused, unless they are null or false.
 *
 * @param config - The parsed file.
 * @param name - One of {@link samplerNames}; the class of the file when left out.
 * @throws SAMPLER_UNKNOWN for a class or name that is not implemented; SAMPLER_OPTION_UNSUPPORTED for an option whose
 * value is not; OPTION_INVALID when `config` is not an object or an override is out of range.
 *
 * @example
 * const config = { _class_name: 'PNDMScheduler', beta_schedule: 'scaled_linear', skip_prk_steps: true };
 * samplerFromConfig(config).name; // 'pndm'
 * samplerFromConfig(config, 'ddim', { eta: 1 }).name; // 'ddim'
 * @category Samplers
 */
export function samplerFromConfig(config: unknown, name?: string, overrides: SamplerOverrides = {}): Sampler {
  const entries = entriesOf(config);
  const { samplerClass, options } = chosen(entries, name);
  return samplerClass.create({
    ...checkedOptions(samplerClass, { ...entries, ...options }),
    ...checkedOverrides(samplerClass, overrides),
  });
}

/** The options of a class that a configuration sets, checked, in camel case. @internal */
export function optionsFromConfig(config: unknown, samplerClass: SamplerClass): Readonly<Record<string, unknown>> {
  return checkedOptions(samplerClass, entriesOf(config));
}

function entriesOf(config: unknown): Readonly<Record<string, unknown>> {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return { ...config };
  throw new GuidanceError(
    'OPTION_INVALID',
    `The scheduler configuration is ${Array.isArray(config) ? 'a list' : JSON.stringify(config)}; it must be the object that scheduler_config.json holds.`,
    { option: 'config', value: config },
  );
}

function chosen(
  { _class_name: configured }: Readonly<Record<string, unknown>>,
  name: string | undefined,
): { readonly samplerClass: SamplerClass; readonly options?: Readonly<Record<string, unknown>> } {
  const samplerClass = SAMPLER_CLASSES.find(({ className }) => className === configured);
  if (name === undefined) {
    if (samplerClass) return { samplerClass };
    const known = SAMPLER_CLASSES.map(({ className }) => className);
    throw new GuidanceError(
      'SAMPLER_UNKNOWN',
      `The scheduler configuration names the class ${JSON.stringify(configured)}; known are ${known.join(', ')}. ` +
        `Choose a sampler by name instead: ${samplerNames.join(', ')}.`,
      { className: configured, known },
    );
  }
  if (!Object.hasOwn(SAMPLER_NAMES, name)) {
    throw new GuidanceError('SAMPLER_UNKNOWN', `sampler "${name}" is not known; choose ${samplerNames.join(', ')}.`, {
      name,
      known: samplerNames,
    });
  }
  if (configured === undefined || samplerClass || COMPATIBLE_CLASSES.includes(configured as string)) {
    return SAMPLER_NAMES[name]!;
  }
  throw new GuidanceError(
    'SAMPLER_UNKNOWN',
    `The scheduler configuration names the class ${JSON.stringify(configured)}, whose noise is of another kind than "${name}" samples. ` +
      'Use a model whose configuration names a class of the DDPM family.',
    { className: configured, name },
  );
}

function checkedOptions(
  { className, options: rules }: SamplerClass,
  entries: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const options: Record<string, unknown> = {};
  for (const [option, value] of Object.entries(entries)) {
    if (option.startsWith('_') || value === null || value === undefined) continue;
    const rule = rules[option];
    if (!rule && (value === false || COMPATIBLE_OPTIONS.has(option))) continue;
    if (!rule?.accepts(value)) {
      throw unsupported(className, option, value, rule ? rule.supported : 'leaving it out');
    }
    options[camelCase(option)] = rule.convert ? rule.convert(value) : value;
  }
  return options;
}

function checkedOverrides(samplerClass: SamplerClass, overrides: SamplerOverrides): SamplerOverrides {
  if (overrides.eta === undefined || samplerClass === DDIM) return overrides;
  throw unsupported(samplerClass.className, 'eta', overrides.eta, `it with ${DDIM.className}`);
}

function unsupported(className: string, option: string, value: unknown, supported: string): GuidanceError {
  return new GuidanceError(
    'SAMPLER_OPTION_UNSUPPORTED',
    `${className} with ${option} ${JSON.stringify(value)} is not supported; supported is ${supported}.`,
    { className, option, value, supported },
  );
}

function camelCase(option: string): string {
  return option.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
