import type { RedisAddress } from '@forage/store/redis'

/** What a broken build leaves out; the verdict must notice each. */
export type Breakage = 'offset-apart' | 'no-fence' | 'no-checksum' | 'no-dedupe'

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
