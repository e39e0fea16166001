import { GuidanceError } from '@sega/guidance';
import { isObject } from './read-json.js';

/** Reads the fields of a JSON object and refuses what breaks a rule, naming field, value and rule. @internal */
export class Fields {
  readonly value: Readonly<Record<string, unknown>>;
  readonly #path: string;
  readonly #source: string;

  /** @param source - The file, for messages. */
  constructor(value: unknown, source: string, path = '') {
    this.#source = source;
    this.#path = path;
    if (!isObject(value)) {
      throw new GuidanceError(
        'BUNDLE_INVALID',
        `${source}: ${path || 'the file'} is ${show(value)}; it must be an object.`,
        { source, field: path, value },
      );
    }
    this.value = value;
  }

  get keys(): readonly string[] {
    return Object.keys(this.value);
  }

  has(key: string): boolean {
    return this.value[key] !== undefined && this.value[key] !== null;
  }

  object(key: string): Fields {
    return new Fields(this.value[key], this.#source, this.#name(key));
  }

  text(key: string): string {
    const value = this.value[key];
    return typeof value === 'string' && value !== '' ? value : this.fail(key, 'a non-empty string');
  }

  /** A list of different non-empty strings. */
  texts(key: string): readonly string[] {
    const value = this.value[key];
    const isList = Array.isArray(value) && value.every((text) => typeof text === 'string' && text !== '');
    return isList && new Set(value).size === value.length ? value : this.fail(key, 'a list of different texts');
  }

  flag(key: string): boolean {
    const value = this.value[key];
    return typeof value === 'boolean' ? value : this.fail(key, 'true or false');
  }

  oneOf<T extends string>(key: string, allowed: readonly T[]): T {
    const value = allowed.find((item) => item === this.value[key]);
    return value ?? this.fail(key, `one of ${allowed.join(', ')}`);
  }

  number(key: string, range: { min?: number; max?: number; above?: number; integer?: boolean } = {}): number {
    const { min = -Number.MAX_VALUE, max = Number.MAX_VALUE, above = Number.NEGATIVE_INFINITY, integer } = range;
    const value = this.value[key];
    const fits =
      typeof value === 'number' &&
      value >= min &&
      value <= max &&
      value > above &&
      (!integer || Number.isSafeInteger(value));
    if (fits) return value;
    const bounds = [
      range.above === undefined ? '' : `above ${range.above}`,
      range.min === undefined ? '' : `of at least ${range.min}`,
      range.max === undefined ? '' : `of at most ${range.max}`,
    ].filter(Boolean);
    return this.fail(key, `a ${integer ? 'whole' : 'finite'} number ${bounds.join(' and ')}`.trim());
  }

  /** A path inside the bundle: relative, forward slashes, no `..`. */
  path(key: string): string {
    const value = this.text(key);
    return isInnerPath(value) ? value : this.fail(key, INNER_PATH_RULE);
  }

  /** The path of a file the manifest lists. */
  file(key: string, files: Readonly<Record<string, unknown>>): string {
    const path = this.path(key);
    return Object.hasOwn(files, path) ? path : this.fail(key, 'a file listed under files');
  }

  /** The path of a folder with files the manifest lists. */
  folder(key: string, files: Readonly<Record<string, unknown>>): string {
    const path = this.path(key);
    const isListed = Object.keys(files).some((file) => file.startsWith(`${path}/`));
    return isListed ? path : this.fail(key, 'a folder with files listed under files');
  }

  /** Channels, pixels per position and scale of latents. */
  latent(key: string): { readonly channels: number; readonly factor: number; readonly scale: number } {
    const fields = this.object(key);
    return {
      channels: fields.number('channels', { min: 1, integer: true }),
      factor: fields.number('factor', { min: 1, integer: true }),
      scale: fields.number('scale', { above: 0 }),
    };
  }

  /** @throws BUNDLE_INVALID: `source: field is value; it must be rule.` */
  fail(key: string, rule: string): never {
    const field = this.#name(key);
    const value = this.value[key];
    const found = value === undefined ? 'missing' : show(value);
    throw new GuidanceError('BUNDLE_INVALID', `${this.#source}: ${field} is ${found}; it must be ${rule}.`, {
      source: this.#source,
      field,
      value,
      rule,
    });
  }

  #name(key: string): string {
    const part = /^[\w-]+$/.test(key) ? key : JSON.stringify(key);
    return this.#path ? `${this.#path}.${part}` : part;
  }
}

/** @internal */
export const INNER_PATH_RULE = "a relative path with forward slashes and no '.' or '..' parts";

/** True for a path that cannot leave the bundle. @internal */
export function isInnerPath(path: string): boolean {
  return !/[\\:\0]/.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}

function show(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}
