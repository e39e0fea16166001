import {
  type Normalizer,
  PrecompiledNormalizer,
  SequenceNormalizer,
  type Tokenizer,
  Unigram,
} from '@huggingface/tokenizers';
import { isObject } from '../read-json.js';
import { charsmap } from './charsmap.js';
import type { SpecialToken } from './special-tokens.js';
import { unigram } from './unigram.js';

/** The contents of a `tokenizer.json`. @internal */
export interface TokenizerDefinition {
  readonly model: Readonly<Record<string, unknown>>;
  readonly normalizer: unknown;
  readonly pre_tokenizer: unknown;
  readonly post_processor: unknown;
  readonly decoder: unknown;
  readonly added_tokens: readonly SpecialToken[];
  readonly truncation?: unknown;
  readonly padding?: unknown;
}

// GPT-2's pattern with the whitespace of Unicode; the library's own uses JavaScript's, which counts U+FEFF.
const BYTE_LEVEL_PATTERN = String.raw`'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+`;

/**
 * The same definition in parts the JavaScript library computes exactly as the reference (Rust) library does:
 *
 * - letters are lower-cased one by one, so that a final Σ becomes σ and not ς;
 * - splitting at whitespace, byte-level or not, knows Unicode's whitespace;
 * - words marked with `▁` are split where `▁` stands;
 * - a text like `<|ENDOFTEXT|>` that only becomes a special token's once normalised stays text.
 *
 * @internal
 */
export function alignWithReference(definition: TokenizerDefinition): TokenizerDefinition {
  const lowered = rewrite(definition.normalizer, 'normalizers', (part) =>
    part.type === 'Lowercase' ? [{ type: 'Replace', pattern: { String: 'Σ' }, content: 'σ' }, part] : [part],
  );
  return {
    ...definition,
    normalizer: isObject(lowered)
      ? { type: 'Sequence', normalizers: [lowered, ...definition.added_tokens.flatMap(keepAsText(definition))] }
      : lowered,
    pre_tokenizer: rewrite(definition.pre_tokenizer, 'pretokenizers', alignSplitting),
  };
}

function alignSplitting(part: Part): readonly Part[] {
  if (part.type === 'ByteLevel' && part.use_regex !== false && part.add_prefix_space !== true) {
    return [extract(BYTE_LEVEL_PATTERN), { ...part, use_regex: false }];
  }
  if (part.type === 'WhitespaceSplit') return [extract(String.raw`\S+`)];
  if (part.type === 'Metaspace') {
    const mark = part.replacement ?? '▁';
    const scheme = part.prepend_scheme ?? (part.add_prefix_space === false ? 'never' : 'always');
    const marked = { ...part, prepend_scheme: scheme };
    return part.split === false ? [marked] : [marked, extract(`${mark}?[^${mark}]+|${mark}`)];
  }
  return [part];
}

function extract(pattern: string): Part {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true };
}

/**
 * Replaces two parts of the JavaScript library no definition can change: its normalisation, which ignores sentencepiece's
 * rules for some of its own, and its unigram model, which is slow and scores a text otherwise than the reference when it
 * reads as the unknown token only once normalised.
 *
 * @internal
 */
export function alignParts(tokenizer: Tokenizer, definition: TokenizerDefinition): void {
  alignCharsmaps(tokenizer.normalizer);
  const { vocab, byte_fallback } = definition.model;
  if (!(tokenizer.model instanceof Unigram) || !Array.isArray(vocab)) return;
  if (byte_fallback === true) throw new Error('its unigram model spells unknown characters in bytes');
  const divide = unigram(vocab);
  tokenizer.model.encode = (words) => words.flatMap(divide);
}

function alignCharsmaps(normalizer: Normalizer | null): void {
  if (normalizer instanceof SequenceNormalizer) normalizer.normalizers.forEach(alignCharsmaps);
  if (!(normalizer instanceof PrecompiledNormalizer)) return;
  normalizer.normalize = normalizer.charsmap ? charsmap(toBytes(normalizer.charsmap)) : (text) => text;
}

function toBytes(rules: Uint8Array | string): Uint8Array {
  return typeof rules === 'string' ? Uint8Array.from(atob(rules), (char) => char.charCodeAt(0)) : rules;
}

/** The id of a token the model lists. @internal */
export function listedId({ vocab }: TokenizerDefinition['model'], content: string): number | undefined {
  if (Array.isArray(vocab)) {
    const id = vocab.findIndex((entry) => Array.isArray(entry) && entry[0] === content);
    return id < 0 ? undefined : id;
  }
  return isObject(vocab) && Object.hasOwn(vocab, content) ? Number(vocab[content]) : undefined;
}

/** Adds the tokens the definition lacks; one without an id takes its vocabulary entry's or the next free one. @internal */
export function withTokens(definition: TokenizerDefinition, tokens: readonly SpecialToken[]): TokenizerDefinition {
  const { vocab } = definition.model;
  const known = definition.added_tokens;
  let next = Array.isArray(vocab) ? vocab.length : 0;
  for (const id of isObject(vocab) ? Object.values(vocab) : []) next = Math.max(next, Number(id) + 1);
  for (const token of known) next = Math.max(next, (token.id ?? -1) + 1);
  const added = tokens
    .filter((token) => !known.some((other) => other.content === token.content))
    .map((token) => ({ ...token, id: listedId(definition.model, token.content) ?? token.id ?? next++ }));
  return { ...definition, added_tokens: [...known, ...added] };
}

// The library takes a whole normalised text for the special token it equals; a space, which means nothing to a model
// that marks the ends of words (or, Unigram, their beginnings), keeps the two apart.
function keepAsText({ model }: TokenizerDefinition): (token: SpecialToken) => readonly Part[] {
  return ({ content, normalized }) => {
    if (normalized || !(model.end_of_word_suffix || model.type === 'Unigram')) return [];
    const literal = content.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
    return [
      { type: 'Replace', pattern: { Regex: `\\A${literal}\\z` }, content: ` ${content.replaceAll('$', '$$$$')}` },
    ];
  };
}

type Part = Readonly<Record<string, unknown>>;

function rewrite(value: unknown, children: string, replace: (part: Part) => readonly Part[]): unknown {
  if (!isObject(value)) return value;
  const parts: readonly Part[] =
    value.type === 'Sequence' && Array.isArray(value[children]) ? value[children] : [value];
  const replaced = parts.flatMap((part): readonly unknown[] =>
    part.type === 'Sequence' ? [rewrite(part, children, replace)] : replace(part),
  );
  return replaced.length === 1 ? replaced[0] : { type: 'Sequence', [children]: replaced };
}
