import type { EncodedText, TextTokenizer } from './text-tokenizer.js';

/** Ids below are marks. */
const FIRST_BYTE = 3;
const END = 1;
const MARKS: Readonly<Record<string, number>> = { '<pad>': 0, '</s>': END, '<unk>': 2 };

// A mark written in a text swallows the blanks around it, as in the reference.
const WRITTEN_MARK = /\p{White_Space}*(<pad>|<\/s>|<unk>)\p{White_Space}*/gu;
const LAST_WORD = /\P{White_Space}*$/u;

const encoder = new TextEncoder();

/**
 * ByT5's tokens, {@link https://arxiv.org/abs/2105.13626 | Xue et al. 2021}: the bytes of the text in UTF-8, plus three,
 * and an end mark. Texts are not padded: each is read at its own length.
 *
 * @internal
 */
export class ByteTokenizer implements TextTokenizer {
  readonly maxLength: number;

  /** @param maxLength - Ids in a text at most, the end mark included. */
  constructor(maxLength: number) {
    this.maxLength = maxLength;
  }

  encode(text: string): EncodedText {
    const { ids, places } = tokens(text);
    const kept = ids.slice(0, this.maxLength - 1);
    if (kept.at(-1) !== END) kept.push(END);
    const dropped = ids.length < this.maxLength ? '' : fromWord(text, places[this.maxLength - 1]!);
    return { ids: Int32Array.from(kept), mask: new Int32Array(kept.length).fill(1), dropped };
  }
}

/** The ids of a text, each with the place of its character. */
function tokens(text: string): { readonly ids: readonly number[]; readonly places: readonly number[] } {
  const ids: number[] = [];
  const places: number[] = [];
  const addBytes = (start: number, end: number): void => {
    let place = start;
    for (const character of text.slice(start, end)) {
      for (const byte of encoder.encode(character)) {
        ids.push(byte + FIRST_BYTE);
        places.push(place);
      }
      place += character.length;
    }
  };
  let end = 0;
  for (const match of text.matchAll(WRITTEN_MARK)) {
    addBytes(end, match.index);
    ids.push(MARKS[match[1]!]!);
    places.push(match.index);
    end = match.index + match[0].length;
  }
  addBytes(end, text.length);
  return { ids, places };
}

/** The end of a text from the word at a place, or from the next one. */
function fromWord(text: string, place: number): string {
  if (text.slice(place).trimStart().length < text.length - place) return text.slice(place).trim();
  const { index } = LAST_WORD.exec(text.slice(0, place))!;
  return text.slice(index).trimEnd();
}
