import { ForageError } from '@forage/domain'

/** Cells of a packed lower triangle with d rows; also where row d would start. */
export const triangle = (d: number): number => (d * (d + 1)) / 2

/** @throws ForageError `shape_mismatch` when `array` has fewer than `cells` entries. Longer is allowed: callers reuse buffers. */
export function requireLength(array: ArrayLike<number>, cells: number, name: string): void {
  if (!(array.length >= cells)) throw new ForageError('shape_mismatch', `${name} is too short`, { name, length: array.length, needed: cells })
}
