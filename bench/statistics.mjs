/** The middle value: what timings are compared by, since other work on the machine only ever adds to them. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** Milliseconds of each of `repeats` calls. */
export function timed(repeats, call) {
  return Array.from({ length: repeats }, () => {
    const start = performance.now();
    call();
    return performance.now() - start;
  });
}

/** The median over rounds of slow ÷ fast, both measured in the same round. */
export function ratio(slow, fast) {
  return median(slow.map((milliseconds, round) => milliseconds / fast[round]));
}

/**
 * How many times faster, held against a target: by the median round, and by the fastest round of each.
 *
 * @param mustExceed - The target itself is not enough.
 */
export function speedup(slow, fast, target, mustExceed = false) {
  const [typical, best] = [ratio(slow, fast), Math.min(...slow) / Math.min(...fast)];
  const claim = `${times(typical)}, by the fastest rounds ${times(best)}`;
  if (!target) return claim;
  const least = Math.min(typical, best);
  const wanted = `${mustExceed ? 'more than' : 'at least'} ${times(target)}`;
  return `${claim} (target ${wanted}: ${verdict(mustExceed ? least > target : least >= target)})`;
}

export const milliseconds = (value) => `${value.toPrecision(3)} ms`;
export const times = (value) => `${value.toFixed(value < 2 ? 2 : value < 10 ? 1 : 0)} ×`;
export const verdict = (reached) => (reached ? 'reached' : 'missed');
