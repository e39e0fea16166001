/** Invocations of a workgroup that selects or reduces. @internal */
export const WIDE = 256;

/**
 * WGSL of `selectLargest`: the `rank`-th largest (from 1) of `count` keys, by four passes over 8 bits each. All
 * invocations of the workgroup call it together and get the answer. Needs `fn key(n: u32) -> u32`.
 *
 * @internal
 */
export const SELECT_LARGEST = `
var<workgroup> bins: array<atomic<u32>, 256>;
var<workgroup> chosen: vec2u;
fn selectLargest(count: u32, rank: u32, lane: u32) -> u32 {
  var found = vec2u(0u, rank);
  for (var digit = 0u; digit < 4u; digit++) {
    let shift = 24u - 8u * digit;
    atomicStore(&bins[lane], 0u);
    workgroupBarrier();
    for (var n = lane; n < count; n += ${WIDE}u) {
      let bits = key(n);
      // All bits above those of the first pass count as equal: a shift by 32 would do nothing.
      if (digit == 0u || (bits >> (shift + 8u)) == found.x) { atomicAdd(&bins[(bits >> shift) & 255u], 1u); }
    }
    workgroupBarrier();
    if (lane == 0u) {
      var wanted = found.y;
      var bin = 255u;
      loop {
        let held = atomicLoad(&bins[bin]);
        if (wanted <= held || bin == 0u) { break; }
        wanted -= held;
        bin--;
      }
      chosen = vec2u((found.x << 8u) | bin, wanted);
    }
    found = workgroupUniformLoad(&chosen);
  }
  return found.x;
}`;
