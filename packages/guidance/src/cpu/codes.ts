/**
 * For each position of [items, codes, positions] the code that `uniform` draws from softmax(logits/temperature): the first
 * whose cumulated probability exceeds it. Without `uniform` the most probable, the first of equals. NaN where that is no
 * distribution.
 *
 * Rows of codes are read in order, so that memory streams; sums are float64.
 *
 * @internal
 */
export function drawCodes(
  out: Float32Array,
  logits: Float32Array,
  codes: number,
  positions: number,
  temperature: number,
  uniform: Float32Array | undefined,
): void {
  for (let start = 0; start < out.length; start += positions) {
    const best = new Float32Array(positions);
    const visit = (use: (value: number, p: number, code: number) => void): void => {
      for (let code = 0; code < codes; code++) {
        const row = start * codes + code * positions;
        for (let p = 0; p < positions; p++) use(logits[row + p]!, p, code);
      }
    };
    visit((value, p, code) => {
      // Not a number stays the best.
      if (code > 0 && !(value > best[p]! || Number.isNaN(value))) return;
      best[p] = value;
      out[start + p] = code + 0 * best[p]!;
    });
    if (!uniform) continue;
    const left = new Float64Array(positions);
    const share = (value: number, p: number): number => Math.exp((value - best[p]!) / temperature);
    visit((value, p) => {
      left[p] = left[p]! + share(value, p);
    });
    for (let p = 0; p < positions; p++) left[p] = left[p]! * uniform[start + p]!;
    // While something is left the code lies further on; the last code takes what rounding leaves.
    visit((value, p, code) => {
      if (left[p]! < 0) return;
      out[start + p] = code + 0 * best[p]!;
      left[p] = left[p]! - share(value, p);
    });
  }
}
