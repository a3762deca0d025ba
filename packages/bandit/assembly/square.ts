/**
 * Bytes between the rows of a square scratch matrix: room for 8 columns more than d, and an odd number of cache lines, because rows
 * a power of two apart would share a few cache sets.
 */
export function rowBytes(d: i32): usize {
  const lines = (d >> 3) + 2
  return <usize>(lines | 1) << 6
}
