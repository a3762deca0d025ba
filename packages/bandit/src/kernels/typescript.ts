import type { Kernels } from './kernels.ts'
import { cholesky, draws, inverse, solve } from './typescript/factor.ts'
import { multiply, quadraticForm, quadraticForms } from './typescript/forms.ts'
import { bestShares, scoreDraws } from './typescript/score.ts'
import { addOuter, addToInverse } from './typescript/update.ts'

/** The plain twin: the oracle of the WASM module, the audit's second opinion, and the fallback where there is no SIMD. */
export function createTypeScriptKernels(): Kernels {
  return {
    name: 'typescript', cholesky, solve, inverse, draws, scoreDraws, bestShares, multiply, quadraticForms, quadraticForm, addOuter, addToInverse,
    allocate: (length) => new Float64Array(length),
    allocateFloat32: (length) => new Float32Array(length),
    free: () => {},
  }
}
