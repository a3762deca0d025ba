/** A buffer for the matrix of one request, reused by the next: grows, never shrinks. */
export class RowBuffer {
  private cells = new Float64Array(4096)

  /** Room for `length` numbers; what the last request left in it is still there. */
  take(length: number): Float64Array {
    if (length > this.cells.length) this.cells = new Float64Array(2 ** Math.ceil(Math.log2(length)))
    return this.cells
  }
}
