import { ForageError } from '@forage/domain'

export interface CheckpointKeys {
  readonly state: string
  readonly entries: string
  readonly changed: string
  readonly recent: string
  readonly staged: (name: string) => string
}

export interface RedisKeys {
  /**
   * Head and fields of a checkpoint in one hash, its side entries in another, and what changed when: one slot of a Cluster, so one script can
   * write all.
   */
  checkpoint(fold: string, partition: number): CheckpointKeys
  /** Members by the end of their life, and who holds which partition. */
  group(group: string): { members: string; holders: string }
  /** Where changes of a fold's checkpoints are announced. */
  channel(fold: string): string
  /** All documents live in one slot: they are few, and the revision counts them all. */
  documents(kind: string): { newest: string; bodies: string; revision: string }
  readonly revision: string
  cache(key: string): string
}

/** @throws ForageError `internal` when the prefix has braces, which Redis Cluster reads */
export function redisKeys(prefix: string): RedisKeys {
  if (/[{}]/.test(prefix)) throw new ForageError('internal', 'a Redis key prefix must not have braces', { prefix })
  const documents = `${prefix}{documents}`
  return {
    checkpoint(fold, partition) {
      const key = `${prefix}{checkpoint:${encodeURIComponent(fold)}:${partition}}` // encoded: no brace of the name can end the tag
      return { state: `${key}:state`, entries: `${key}:entries`, changed: `${key}:changed`, recent: `${key}:recent`, staged: (name) => `${key}:staged:${name}` }
    },
    group(group) {
      const key = `${prefix}{group:${encodeURIComponent(group)}}`
      return { members: `${key}:members`, holders: `${key}:holders` }
    },
    channel: (fold) => `${prefix}checkpoints:${fold}`,
    documents: (kind) => ({ newest: `${documents}:newest:${kind}`, bodies: `${documents}:bodies:${kind}`, revision: `${documents}:revision` }),
    revision: `${documents}:revision`,
    cache: (key) => `${prefix}cache:${key}`,
  }
}
