/** Below the lowest score of a listed piece; sentencepiece's own value. */
const UNKNOWN_PENALTY = 10;

/**
 * The most probable division of a word into pieces (Viterbi): the sum of their log-probabilities is largest, the earlier
 * start wins a tie. Characters that are no piece score {@link UNKNOWN_PENALTY} below the lowest piece, and neighbouring
 * ones are one piece. Time is linear in the word's length.
 *
 * @param vocab - Pieces with their log-probabilities, in the order of their ids.
 * @internal
 */
export function unigram(vocab: readonly (readonly [string, number])[]): (word: string) => string[] {
  const scores = new Map(vocab);
  let lowest = Number.POSITIVE_INFINITY;
  let longest = 1;
  for (const [piece, score] of vocab) {
    lowest = Math.min(lowest, score);
    longest = Math.max(longest, piece.length);
  }
  const unknown = lowest - UNKNOWN_PENALTY;

  return (word) => {
    const best = new Float64Array(word.length + 1).fill(Number.NEGATIVE_INFINITY);
    const from = new Int32Array(word.length + 1);
    best[0] = 0;
    for (let start = 0, next = 0; start < word.length; start = next) {
      next = start + (word.codePointAt(start)! > 0xffff ? 2 : 1);
      for (let end = next; end <= Math.min(word.length, start + longest); end++) {
        const score = scores.get(word.slice(start, end)) ?? (end === next ? unknown : undefined);
        if (score === undefined || best[start]! + score <= best[end]!) continue;
        best[end] = best[start]! + score;
        from[end] = start;
      }
    }
    return divide(word, from, scores);
  };
}

function divide(word: string, from: Int32Array, scores: ReadonlyMap<string, number>): string[] {
  const pieces: string[] = [];
  let unknownEnd = -1;
  for (let end = word.length; end > 0; end = from[end]!) {
    const piece = word.slice(from[end], end);
    if (scores.has(piece)) unknownEnd = -1;
    else if (unknownEnd < 0) unknownEnd = end;
    if (unknownEnd > end) pieces[pieces.length - 1] = word.slice(from[end], unknownEnd);
    else pieces.push(piece);
  }
  return pieces.reverse();
}
