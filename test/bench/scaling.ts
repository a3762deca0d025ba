import { choose, createPolicy, createStatistics, kernels, observe, parsePolicy, seeded } from '@forage/bandit'
import { quantise } from '@forage/domain'

export interface ScalingRow {
  readonly d: number
  readonly candidates: number
  /** Score, probabilities and the draw, for one request. */
  readonly microseconds: number
  /** Of which: scores under the posterior draws and the shares of best. */
  readonly kernelMicroseconds: number
  readonly kernelGflops: number
  /** Against OpenBLAS 0.3.21 float32 X·Θ of the same shape, one thread of a Xeon 2.6 GHz with AVX-512 (about 150 GFLOP/s at d ≥ 64). */
  readonly kernelShareOfOpenBlas: number
}

const DRAWS = 128
const OPENBLAS_GFLOPS = 156

function microseconds(task: () => void, seconds: number): number {
  for (let warm = 0; warm < 20; warm++) task()
  const times: number[] = []
  for (const started = performance.now(); performance.now() - started < seconds * 1000 || times.length < 5; ) {
    const before = performance.now()
    task()
    times.push(performance.now() - before)
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1]! * 1000
}

/** One shared linear Thompson decision over d × candidates. */
export function benchScaling({ seconds }: { seconds: number }): ScalingRow[] {
  const rows: ScalingRow[] = []
  for (const d of [16, 64, 256]) {
    const policy = createPolicy(parsePolicy(`linear-thompson:model=shared;draws=${DRAWS}`), { d, sharedLength: 0 })
    const statistics = createStatistics('shared', d, 0)
    const rng = seeded(`scaling-${d}`)
    const x = new Float64Array(d)
    for (let seen = 0; seen < 2 * d; seen++) observe(statistics, `a${seen % 9}`, x.map(() => quantise(rng.normal())), quantise(rng.normal()), 1)
    const snapshot = policy.derive(statistics, 'bench')
    for (const candidates of [10, 100, 1000]) {
      const set = { ids: Array.from({ length: candidates }, (_, index) => `a${index}`), rows: Float64Array.from({ length: candidates * d }, () => quantise(rng.normal())), d }
      const whole = microseconds(() => void choose(policy.score(snapshot, set), { count: 1, floor: 0.02, rng }), seconds)
      const draws = Float32Array.from({ length: DRAWS * d }, () => rng.normal())
      const [scores, available, out] = [new Float32Array(candidates * DRAWS), new Uint8Array(candidates).fill(1), new Float64Array(candidates)]
      const kernel = microseconds(() => {
        kernels.scoreDraws(set.rows, candidates, d, draws, DRAWS, scores)
        kernels.bestShares(scores, candidates, DRAWS, available, out)
      }, seconds)
      const kernelGflops = (2 * candidates * d * DRAWS) / (kernel * 1000)
      rows.push({ d, candidates, microseconds: whole, kernelMicroseconds: kernel, kernelGflops, kernelShareOfOpenBlas: kernelGflops / OPENBLAS_GFLOPS })
    }
  }
  return rows
}
