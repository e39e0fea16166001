import { isObject } from '../read-json.js';
import type { SpecialToken } from './special-tokens.js';

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
 * - byte-level splitting knows Unicode's whitespace;
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
    pre_tokenizer: rewrite(definition.pre_tokenizer, 'pretokenizers', (part) =>
      part.type === 'ByteLevel' && part.use_regex !== false && part.add_prefix_space !== true
        ? [
            { type: 'Split', pattern: { Regex: BYTE_LEVEL_PATTERN }, behavior: 'Removed', invert: true },
            { ...part, use_regex: false },
          ]
        : [part],
    ),
  };
}

/** Adds the tokens the definition lacks; one without an id takes its vocabulary entry's or the next free one. @internal */
export function withTokens(definition: TokenizerDefinition, tokens: readonly SpecialToken[]): TokenizerDefinition {
  const vocabulary = isObject(definition.model.vocab) ? definition.model.vocab : {};
  const known = definition.added_tokens;
  let next = 0;
  for (const id of Object.values(vocabulary)) next = Math.max(next, Number(id) + 1);
  for (const token of known) next = Math.max(next, (token.id ?? -1) + 1);
  const added = tokens
    .filter((token) => !known.some((other) => other.content === token.content))
    .map((token) => {
      const listed = Object.hasOwn(vocabulary, token.content) ? Number(vocabulary[token.content]) : token.id;
      return { ...token, id: listed ?? next++ };
    });
  return { ...definition, added_tokens: [...known, ...added] };
}

// The library takes a whole normalised text for the special token it equals; a space, which means nothing to a model
// that marks the ends of words, keeps the two apart.
function keepAsText({ model }: TokenizerDefinition): (token: SpecialToken) => readonly Part[] {
  return ({ content, normalized }) => {
    if (normalized || !model.end_of_word_suffix) return [];
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
