import { createHash } from 'node:crypto'
import { encodeArm, encodeShared } from './saved-statistics.ts'
import type { ModelStatistics } from './statistics.ts'

/**
 * SHA-256 (hexadecimal) of models by key: equal exactly when every sum and count has the same bits. Neither the order of models and
 * arms nor their revisions matter.
 */
export function digestStatistics(models: ReadonlyMap<string, Readonly<ModelStatistics>>): string {
  const hash = createHash('sha256')
  const text = (value: string) => hash.update(`${Buffer.byteLength(value)}:${value}`)
  for (const key of [...models.keys()].sort()) {
    const model = models.get(key)!
    text(key)
    for (const part of encodeShared(model).values()) hash.update(part)
    for (const id of [...model.arms.keys()].sort()) for (const part of encodeArm(model, id).values()) hash.update(part)
  }
  return hash.digest('hex')
}
