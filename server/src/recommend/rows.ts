import { kernels } from '@forage/bandit'

/** A buffer for the matrix of one request, reused by the next: grows, never shrinks. The kernels read it in place. */
export class RowBuffer {
  private cells: Float64Array = new Float64Array(0)

  /** Room for `length` numbers; what the last request left in it is still there. */
  take(length: number): Float64Array {
    if (length > this.cells.length) {
      kernels.free(this.cells)
      this.cells = kernels.allocate(2 ** Math.ceil(Math.log2(Math.max(4096, length))))
    }
    return this.cells
  }
}
