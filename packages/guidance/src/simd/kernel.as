// The inner loops of SEGA in AssemblyScript; `node scripts/build-simd.mjs` compiles this file to kernel.wasm.ts.
// Every array may be read and written up to 16 bytes past its end: the caller leaves that room.
// A float's magnitude is compared as the integer of its bits without the sign, which orders non-negative floats.

const MAGNITUDE: i32 = 0x7fffffff;
/** Sorts after every value, so that what lies past an array's end never counts. */
const PAD: i32 = 0x7fffffff;
const LARGEST: i32 = 0x7ffffffe;

/** For each set of lanes, the byte order that moves them to the front. */
const FRONT: usize = memory.data(16 * 16, 16);
for (let lanes = 0; lanes < 16; lanes++) {
  let slot: usize = FRONT + lanes * 16;
  for (let lane = 0; lane < 4; lane++) {
    if (!((lanes >> lane) & 1)) continue;
    store<i32>(slot, 0x03020100 + lane * 0x04040404);
    slot += 4;
  }
}

/** out ← out + w·tail(s·(x − origin)), keeping the values whose magnitude has at least `rank` others below it. Overwrites x. */
export function addTail(
  out: usize,
  origin: usize,
  x: usize,
  scratch: usize,
  count: i32,
  scale: f32,
  weight: f32,
  rank: i32,
): void {
  const bytes: usize = count << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    const difference = f32x4.sub(v128.load(x + i), v128.load(origin + i));
    v128.store(x + i, f32x4.mul(f32x4.splat(scale), difference));
  }
  v128.store(x + bytes, i32x4.splat(PAD));
  const threshold = i32x4.splat(rank > 0 ? select(x, count, rank, scratch) : 0);
  for (let i: usize = 0; i < bytes; i += 16) {
    const value = v128.load(x + i);
    const kept = i32x4.ge_s(v128.and(value, i32x4.splat(MAGNITUDE)), threshold);
    const tail = f32x4.mul(f32x4.splat(weight), v128.and(value, kept));
    v128.store(out + i, f32x4.add(v128.load(out + i), tail));
  }
}

/** out ← a·x. */
export function scale(out: usize, x: usize, count: i32, factor: f32): void {
  const bytes: usize = count << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(out + i, f32x4.mul(f32x4.splat(factor), v128.load(x + i)));
  }
}

/** out ← out + a·x. */
export function addScaled(out: usize, x: usize, count: i32, factor: f32): void {
  const bytes: usize = count << 2;
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(out + i, f32x4.add(v128.load(out + i), f32x4.mul(f32x4.splat(factor), v128.load(x + i))));
  }
}

/** The magnitude of which `rank` others sort before it: bracketed by a sample, then bisected. */
function select(values: usize, count: i32, rank: i32, scratch: usize): i32 {
  let low: i32 = 0;
  let high: i32 = LARGEST;
  if (count >= 1024) {
    const size = min(max(count >> 6, 192), 1024);
    const share = <f64>rank / <f64>count;
    const centre = <i32>(share * size);
    const spread = <i32>(2.5 * sqrt(share * (1 - share) * size)) + 2;
    if (centre >= spread) low = selectSampled(values, count, scratch, size, centre - spread);
    if (centre + spread < size) high = selectSampled(values, count, scratch, size, centre + spread);
  }
  let kept = compact(values, count, scratch, low, high);
  if (rank < below) {
    high = low - 1;
    low = 0;
    kept = compact(values, count, scratch, low, high);
  } else if (rank >= below + kept && high < LARGEST) {
    low = high + 1;
    high = LARGEST;
    kept = compact(values, count, scratch, low, high);
  }
  return bisect(scratch, kept, rank - below, low, high);
}

/** The same for an evenly spread sample of the values. The odd stride keeps it off the columns of a picture. */
function selectSampled(values: usize, count: i32, scratch: usize, size: i32, rank: i32): i32 {
  const stride = (count / size) | 1;
  let index = 0;
  for (let i = 0; i < size; i++) {
    store<i32>(scratch + (i << 2), load<i32>(values + (index << 2)) & MAGNITUDE);
    index += stride;
    if (index >= count) index -= count;
  }
  store<v128>(scratch + (size << 2), i32x4.splat(PAD));
  return bisect(scratch, size, rank, 0, LARGEST);
}

/** The same for values known to lie in [low, high]: halves the interval and drops what fell outside. */
function bisect(values: usize, count: i32, rank: i32, low: i32, high: i32): i32 {
  while (low < high) {
    if (count == 1) return load<i32>(values);
    const middle = low + ((high - low) >> 1);
    const lower = countAtMost(values, count, middle);
    if (rank < lower) {
      high = middle;
    } else {
      low = middle + 1;
      rank -= lower;
    }
    count = compact(values, count, values, low, high);
  }
  return low;
}

/** How many of the values last compacted were smaller than the interval. */
let below: i32 = 0;

/** Moves the magnitudes within [low, high] to `to`, which may be `from`, and returns how many they are. */
function compact(from: usize, count: i32, to: usize, low: i32, high: i32): i32 {
  const lows = i32x4.splat(low);
  const highs = i32x4.splat(high);
  let smaller = i32x4.splat(0);
  let next = to;
  for (const end = from + (count << 2); from < end; from += 16) {
    const bits = v128.and(v128.load(from), i32x4.splat(MAGNITUDE));
    const under = i32x4.lt_s(bits, lows);
    const inside = 15 ^ i32x4.bitmask(v128.or(under, i32x4.gt_s(bits, highs)));
    smaller = i32x4.sub(smaller, under);
    v128.store(next, i8x16.swizzle(bits, v128.load(FRONT + (inside << 4))));
    next += popcnt(inside) << 2;
  }
  v128.store(next, i32x4.splat(PAD));
  below = total(smaller);
  return <i32>((next - to) >> 2);
}

function countAtMost(from: usize, count: i32, bound: i32): i32 {
  const bounds = i32x4.splat(bound);
  let counts = i32x4.splat(0);
  for (const end = from + (count << 2); from < end; from += 16) {
    counts = i32x4.sub(counts, i32x4.le_s(v128.load(from), bounds));
  }
  return total(counts);
}

function total(lanes: v128): i32 {
  return (
    i32x4.extract_lane(lanes, 0) +
    i32x4.extract_lane(lanes, 1) +
    i32x4.extract_lane(lanes, 2) +
    i32x4.extract_lane(lanes, 3)
  );
}
