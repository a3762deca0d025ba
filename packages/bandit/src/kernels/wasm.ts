import type { Kernels } from './kernels.ts'
import { requireLength, triangle } from './shapes.ts'
import { createTypeScriptKernels } from './typescript.ts'
import { KernelMemory, memoryBytes, scratchBytes } from './wasm/memory.ts'
import { instantiate } from './wasm/module.ts'

/** Cells (8 bytes each) that copies and work of one call may take; a call that needs more goes to the twin, which gives the same bits. */
const scratchCells = scratchBytes / 8 - 64

/** Below this size the way into the module costs more than the sums. */
const callFloor = 12

/**
 * The kernels as a WASM-SIMD module. Arrays of `allocate` are used in place, others are copied in and out.
 * @throws when the engine knows no WASM SIMD
 */
export function createWasmKernels(): Kernels {
  const { buffer, module } = instantiate(memoryBytes)
  const memory = new KernelMemory(buffer)
  const twin = createTypeScriptKernels()
  const squareBytes = (d: number) => (d + 3) * module.rowBytes(d)
  const squareFits = (d: number) => 2 * triangle(d) + (d + 3) * (d + 24) <= scratchCells

  return {
    name: 'wasm',

    cholesky(matrix, d, out) {
      const cells = triangle(d)
      requireLength(matrix, cells, 'matrix')
      requireLength(out, cells, 'out')
      if (!squareFits(d)) return twin.cholesky(matrix, d, out)
      memory.begin()
      const from = memory.read(matrix, cells)
      const to = memory.room(out, cells)
      const done = module.cholesky(from, d, to, memory.work(squareBytes(d))) === 1
      if (done) memory.copyOut(to, out, cells)
      return done
    },

    solve(factor, b, d, out) {
      const cells = triangle(d)
      requireLength(factor, cells, 'factor')
      requireLength(b, d, 'b')
      requireLength(out, d, 'out')
      if (d <= callFloor || cells + 2 * d > scratchCells) return twin.solve(factor, b, d, out)
      memory.begin()
      const to = memory.room(out, d)
      module.solve(memory.read(factor, cells), memory.read(b, d), d, to)
      memory.copyOut(to, out, d)
    },

    inverse(factor, d, out) {
      const cells = triangle(d)
      requireLength(factor, cells, 'factor')
      requireLength(out, cells, 'out')
      if (!squareFits(d)) return twin.inverse(factor, d, out)
      memory.begin()
      const to = memory.room(out, cells)
      module.inverse(memory.read(factor, cells), d, to, memory.work(squareBytes(d)))
      memory.copyOut(to, out, cells)
    },

    draws(factor, mean, d, normals, scales, out) {
      const [cells, count] = [triangle(d), scales.length]
      requireLength(factor, cells, 'factor')
      requireLength(mean, d, 'mean')
      requireLength(normals, count * d, 'normals')
      requireLength(out, count * d, 'out')
      if (cells + 9 * d + 2 * count * (d + 1) > scratchCells) return twin.draws(factor, mean, d, normals, scales, out)
      memory.begin()
      const to = memory.roomFloat32(out, count * d)
      const [at, center] = [memory.read(factor, cells), memory.read(mean, d)]
      module.draws(at, center, d, memory.read(normals, count * d), memory.read(scales, count), count, to, memory.work(64 * d))
      memory.copyOutFloat32(to, out, count * d)
    },

    scoreDraws(rows, count, d, draws, drawCount, out) {
      requireLength(rows, count * d, 'rows')
      requireLength(draws, drawCount * d, 'draws')
      requireLength(out, count * drawCount, 'out')
      if (count * (d + drawCount) + drawCount * d + 5 * d > scratchCells) return twin.scoreDraws(rows, count, d, draws, drawCount, out)
      memory.begin()
      const to = memory.roomFloat32(out, count * drawCount)
      module.scoreDraws(memory.read(rows, count * d), count, d, memory.readFloat32(draws, drawCount * d), drawCount, to, memory.work(36 * d))
      memory.copyOutFloat32(to, out, count * drawCount)
    },

    bestShares(scores, count, drawCount, available, out) {
      requireLength(scores, count * drawCount, 'scores')
      requireLength(available, count, 'available')
      requireLength(out, count, 'out')
      if (count * (drawCount + 8) > scratchCells) return twin.bestShares(scores, count, drawCount, available, out)
      memory.begin()
      const to = memory.room(out, count)
      const from = memory.readFloat32(scores, count * drawCount)
      module.bestShares(from, count, drawCount, memory.readBytes(available, count), to, memory.work(20 * count))
      memory.copyOut(to, out, count)
    },

    multiply(rows, count, d, vector, out) {
      requireLength(rows, count * d, 'rows')
      requireLength(vector, d, 'vector')
      requireLength(out, count, 'out')
      if ((count + 1) * (d + 1) > scratchCells) return twin.multiply(rows, count, d, vector, out)
      memory.begin()
      const to = memory.room(out, count)
      module.multiply(memory.read(rows, count * d), count, d, memory.read(vector, d), to)
      memory.copyOut(to, out, count)
    },

    quadraticForms(rows, count, d, matrix, out) {
      const cells = triangle(d)
      requireLength(rows, count * d, 'rows')
      requireLength(matrix, cells, 'matrix')
      requireLength(out, count, 'out')
      if (count * (d + 1) + cells + 9 * d > scratchCells) return twin.quadraticForms(rows, count, d, matrix, out)
      memory.begin()
      const to = memory.room(out, count)
      module.quadraticForms(memory.read(rows, count * d), count, d, memory.read(matrix, cells), to, memory.work(68 * d + 64))
      memory.copyOut(to, out, count)
    },

    quadraticForm(rows, d, matrix, from = 0) {
      const cells = triangle(d)
      requireLength(rows, from + d, 'rows')
      requireLength(matrix, cells, 'matrix')
      if (cells + 3 * d > scratchCells) return twin.quadraticForm(rows, d, matrix, from)
      memory.begin()
      return module.quadraticForm(memory.read(rows, d, from), d, memory.read(matrix, cells), memory.work(12 * d))
    },

    addOuter(matrix, x, d, weight) {
      const cells = triangle(d)
      requireLength(matrix, cells, 'matrix')
      requireLength(x, d, 'x')
      // copying the matrix both ways costs more than the sums
      if (d <= callFloor || !memory.holds(matrix) || 3 * d > scratchCells) return twin.addOuter(matrix, x, d, weight)
      memory.begin()
      module.addOuter(matrix.byteOffset, memory.read(x, d), d, weight, memory.work(12 * d))
    },

    addToInverse(inverse, x, d, weight, scratch) {
      const cells = triangle(d)
      requireLength(inverse, cells, 'inverse')
      requireLength(x, d, 'x')
      requireLength(scratch, d, 'scratch')
      if (cells + 5 * d > scratchCells) return twin.addToInverse(inverse, x, d, weight, scratch)
      memory.begin()
      const at = memory.read(inverse, cells)
      const u = memory.room(scratch, d)
      const gain = module.addToInverse(at, memory.read(x, d), d, weight, u, memory.work(12 * d))
      memory.copyOut(at, inverse, cells)
      memory.copyOut(u, scratch, d)
      return gain
    },

    allocate: (length) => memory.allocate(length),
    allocateFloat32: (length) => memory.allocateFloat32(length),
    free: (array) => memory.free(array),
  }
}
