import type { LearnerShard } from '@forage/learner'
import type { Sums } from './recount.ts'

/** What differs, bit for bit, between learned models and plain sums over the raw records. */
export function compareSums(models: LearnerShard['models'], sums: ReadonlyMap<string, Sums>): string[] {
  const wrong: string[] = []
  const left = new Set(sums.keys())
  for (const [key, model] of models) {
    const whole = take(key)
    if (model.count !== whole?.count) wrong.push(`${key} learned ${model.count} observations, not ${whole?.count}`)
    if (model.shared !== null && !(whole !== undefined && same(model.shared.vector, whole.vector) && same(model.shared.matrix, whole.matrix))) wrong.push(`the sums of ${key} differ`)
    for (const [id, arm] of model.arms) {
      const own = take(`${key} ${id}`)
      const equal = own !== undefined && arm.count === own.count && arm.sum === own.reward && (arm.gram === null || (same(arm.gram.vector, own.vector) && same(arm.gram.matrix, own.matrix)))
      if (!equal) wrong.push(`${key}, ${id}: ${arm.count} observations with ${arm.sum}, not ${own?.count} with ${own?.reward}`)
    }
  }
  for (const key of left) wrong.push(`nothing was learned about ${key}`)
  return wrong

  function take(key: string): Sums | undefined {
    left.delete(key)
    return sums.get(key)
  }
}

const same = (a: Float64Array, b: readonly number[]) => a.length === b.length && a.every((value, index) => value === b[index])
