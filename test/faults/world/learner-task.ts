import type { RedisAddress } from '@forage/store/redis'

/**
 * Careless builds; the verdict must notice each. State and offset are two writes; saves are taken from anybody; damage is not noticed; a copy of
 * feedback counts; a save that failed is believed; what cannot be read is dropped.
 */
export type Breakage = 'offset-apart' | 'no-fence' | 'no-checksum' | 'no-dedupe' | 'hopeful' | 'no-letters'

export interface LearnerTask {
  readonly brokers: readonly string[]
  readonly topic: string
  readonly redis: RedisAddress
  readonly prefix: string
  readonly member: string
  readonly lifeMs: number
  readonly checkpoint: { readonly records: number; readonly ms: number }
  readonly commandTimeoutMs?: number
  readonly broken?: Breakage
}

export interface LearnerReport {
  /** Stopped in order, everything saved. */
  readonly ended: boolean
  readonly owned: readonly number[]
  readonly positions: readonly number[]
  readonly members: number
  readonly fenced: number
  readonly regressed: number
  readonly rebuilt: number
  readonly deadLetters: number
  readonly errors: number
  readonly lastError: string
  readonly failures: readonly string[]
}
