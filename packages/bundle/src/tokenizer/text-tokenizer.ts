import { type Tokenizer, Unigram } from '@huggingface/tokenizers';

/** A text as a text encoder reads it. @category Tokenizer */
export interface EncodedText {
  /** Token ids, padded to `maxLength`; those of bytes are not padded. */
  readonly ids: Int32Array;
  /** 1 for tokens of the text and its begin and end marks, 0 for padding; as many as ids. */
  readonly mask: Int32Array;
  /** The end of the text from the first word that did not fit whole, as written; empty when all of it fits. */
  readonly dropped: string;
}

/**
 * Text → token ids, of a fixed length but for tokenizers of bytes.
 *
 * @example
 * const tokenizer = await bundle.tokenizer();
 * const { ids, dropped } = tokenizer.encode('a portrait of a king'); // ids.length === tokenizer.maxLength
 * @category Tokenizer
 */
export interface TextTokenizer {
  /** Ids in an encoded text at most, begin and end marks included: 77 for CLIP, and for T5 in DeepFloyd-IF. */
  readonly maxLength: number;
  /** Cuts what does not fit between the marks (of which T5 has only an end), then pads. */
  encode(text: string): EncodedText;
}

// The reference's \s: unlike JavaScript's, with U+0085 and without U+FEFF.
const WORD = /\P{White_Space}+/gu;

// Characters for each token of room, far more than tokens have: what lies beyond in one word cannot reach a token that
// is kept, and byte-pair encoding it would take time without bound. Unigram models take linear time, and
// make one token of any number of unknown characters.
const ENDLESS = 64;

// Characters for each token of room to begin with, a little more than words have.
const USUAL = 8;

/** Adds truncation and padding to a tokenizer that has neither. @internal */
export class FixedLengthTokenizer implements TextTokenizer {
  readonly maxLength: number;
  readonly #tokenizer: Tokenizer;
  readonly #longestWord: number;
  readonly #padding: number;
  readonly #begin: readonly number[];
  readonly #end: readonly number[];

  constructor(tokenizer: Tokenizer, maxLength: number, padding: number) {
    this.maxLength = maxLength;
    this.#tokenizer = tokenizer;
    this.#longestWord = tokenizer.model instanceof Unigram ? Number.POSITIVE_INFINITY : ENDLESS * maxLength;
    this.#padding = padding;
    const bare = this.#tokens('a');
    const marked = tokenizer.encode('a').ids;
    const start = marked.indexOf(bare[0] ?? Number.NaN);
    this.#begin = marked.slice(0, Math.max(start, 0));
    this.#end = marked.slice(Math.max(start, 0) + bare.length);
  }

  encode(text: string): EncodedText {
    const { tokens, dropped } = this.#fit(text, this.maxLength - this.#begin.length - this.#end.length);
    const content = [...this.#begin, ...tokens, ...this.#end];
    const ids = new Int32Array(this.maxLength).fill(this.#padding);
    const mask = new Int32Array(this.maxLength);
    ids.set(content);
    mask.fill(1, 0, content.length);
    return { ids, mask, dropped };
  }

  // Tokens never span whitespace, so a prefix of whole words has a prefix of the tokens: only the words that can matter
  // are ever encoded, however long the text.
  #fit(text: string, room: number): { tokens: readonly number[]; dropped: string } {
    const words = [...text.matchAll(WORD)].map((match) => ({ start: match.index, end: match.index + match[0].length }));
    const upTo = (count: number): readonly number[] =>
      this.#tokens(count >= words.length ? text : text.slice(0, words[count - 1]?.end));
    let taken = Math.max(1, words.findLastIndex((word) => word.end <= USUAL * room) + 1);
    let tokens = upTo(taken);
    while (tokens.length <= room && taken < words.length) {
      taken = Math.min(words.length, 2 * taken);
      tokens = upTo(taken);
    }
    if (tokens.length <= room) return { tokens, dropped: '' };
    let fitting = 0;
    while (taken - fitting > 1) {
      const middle = (fitting + taken) >> 1;
      if (upTo(middle).length <= room) fitting = middle;
      else taken = middle;
    }
    return { tokens: tokens.slice(0, room), dropped: text.slice(words[fitting]?.start).trimEnd() };
  }

  #tokens(text: string): number[] {
    const limit = this.#longestWord;
    const bounded = text.length > limit ? text.replace(WORD, (word) => word.slice(0, limit)) : text;
    return this.#tokenizer.encode(bounded, { add_special_tokens: false }).ids;
  }
}
