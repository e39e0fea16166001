import type { BundleFiles } from '../bundle-files.js';
import { isObject, readOptionalObject } from '../read-json.js';

/** A token matched as a whole, before byte-pair encoding. @internal */
export interface SpecialToken {
  readonly content: string;
  readonly special: boolean;
  /** Matched in the normalised text instead of the text as written. */
  readonly normalized: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly id?: number;
}

/** @internal */
export type Role = 'bos_token' | 'eos_token' | 'unk_token' | 'pad_token';

/** What the small files beside a vocabulary say. @internal */
export interface TokenizerSettings {
  readonly roles: Readonly<Partial<Record<Role, SpecialToken>>>;
  /** Further tokens, with their ids. */
  readonly added: readonly SpecialToken[];
  readonly maxLength?: number;
  /** Sentinels T5 lists after its vocabulary. */
  readonly extraIds?: number;
}

// transformers adds them in this order; a later role decides how a token is matched when two share it.
const ROLES: readonly Role[] = ['bos_token', 'eos_token', 'unk_token', 'pad_token'];

// transformers writes 10³⁰ for "unlimited".
const LONGEST = 1_000_000;

/**
 * Reads `tokenizer_config.json`, `special_tokens_map.json` (which wins, as in transformers) and `added_tokens.json`.
 *
 * @internal
 */
export async function readTokenizerSettings(files: BundleFiles, folder: string): Promise<TokenizerSettings> {
  const [config, map, addedIds] = await Promise.all(
    ['tokenizer_config.json', 'special_tokens_map.json', 'added_tokens.json'].map((name) =>
      readOptionalObject(files, `${folder}/${name}`, 'TOKENIZER_INVALID'),
    ),
  );
  const roles: Partial<Record<Role, SpecialToken>> = {};
  for (const role of ROLES) {
    const token = toToken(map?.[role]) ?? toToken(config?.[role]);
    if (token) roles[role] = token;
  }
  const decoder = config?.added_tokens_decoder;
  const length = config?.model_max_length;
  const extraIds = config?.extra_ids;
  return {
    roles,
    added: [
      ...Object.entries(addedIds ?? {}).flatMap(([content, id]) => withId(toToken({ content, normalized: true }), id)),
      ...Object.entries(isObject(decoder) ? decoder : {}).flatMap(([id, value]) => withId(toToken(value), Number(id))),
    ],
    ...(typeof length === 'number' && length > 0 && length <= LONGEST && { maxLength: Math.floor(length) }),
    ...(Number.isSafeInteger(extraIds) && (extraIds as number) >= 0 && { extraIds: extraIds as number }),
  };
}

/** Every token once: listed ones as listed, then those of roles. @internal */
export function allTokens(settings: TokenizerSettings): readonly SpecialToken[] {
  const byContent = new Map<string, SpecialToken>();
  for (const role of ROLES) {
    const token = settings.roles[role];
    if (token) byContent.set(token.content, { ...token, special: true });
  }
  for (const token of settings.added) byContent.set(token.content, token);
  return [...byContent.values()];
}

/** A token as settings write it: its text, or an object with its text and how it is matched. @internal */
export function toToken(value: string): SpecialToken;
export function toToken(value: unknown): SpecialToken | undefined;
export function toToken(value: unknown): SpecialToken | undefined {
  if (typeof value === 'string') {
    return { content: value, special: true, normalized: false, lstrip: false, rstrip: false };
  }
  if (!isObject(value) || typeof value.content !== 'string') return undefined;
  const { content, special, normalized, lstrip, rstrip } = value;
  return {
    content,
    special: special === true,
    normalized: normalized === undefined ? special !== true : normalized === true,
    lstrip: lstrip === true,
    rstrip: rstrip === true,
  };
}

function withId(token: SpecialToken | undefined, id: unknown): SpecialToken[] {
  return token && typeof id === 'number' && Number.isSafeInteger(id) && id >= 0 ? [{ ...token, id }] : [];
}
