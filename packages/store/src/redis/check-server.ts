import { ForageError } from '@forage/domain'
import type { RedisClient } from './client.ts'

export interface Tolerated {
  /** Redis may drop posteriors when memory is full: only for caches and trials. */
  readonly allowEviction: boolean
  /** A restart of Redis goes back to its last dump: harmless only as long as the log still has everything since. */
  readonly allowNoAof: boolean
}

/**
 * Refuses servers that would lose state silently. Returns what could not be checked, in words: some hosts forbid INFO and CONFIG.
 * @throws ForageError `store_unavailable` with `details.maxmemoryPolicy` or `details.appendonly`
 */
export async function checkServer(client: RedisClient, { allowEviction, allowNoAof }: Tolerated): Promise<string[]> {
  const unchecked: string[] = []
  const policies = await valuesOf(client, 'memory', 'maxmemory_policy', 'maxmemory-policy')
  const evicting = policies.find((policy) => policy !== 'noeviction')
  if (policies.length === 0) unchecked.push('whether maxmemory-policy is noeviction')
  else if (evicting !== undefined && !allowEviction)
    throw new ForageError('store_unavailable', `Redis has maxmemory-policy ${evicting}: it would drop state silently. Set noeviction, or allow it`, { maxmemoryPolicy: evicting })
  const logs = await valuesOf(client, 'persistence', 'aof_enabled', 'appendonly')
  if (logs.length === 0) unchecked.push('whether appendonly is on')
  else if (logs.some((value) => value !== '1' && value !== 'yes') && !allowNoAof)
    throw new ForageError('store_unavailable', 'Redis has appendonly off: a restart would lose what was confirmed. Set appendonly yes, or allow it', { appendonly: 'no' })
  return unchecked
}

/** One value per server; none when no server may say. */
async function valuesOf(client: RedisClient, section: string, field: string, setting: string): Promise<string[]> {
  const asked = await Promise.allSettled([client.everyMaster('INFO', section), client.everyMaster('CONFIG', 'GET', setting)])
  for (const [index, pattern] of [new RegExp(`^${field}:(.*?)\\r?$`, 'm'), new RegExp(`^${setting}\n(.*)$`, 'm')].entries()) {
    const answer = asked[index]!
    const found = answer.status === 'fulfilled' ? answer.value.map((text) => pattern.exec(text)?.[1]) : [undefined]
    if (found.every((value) => value !== undefined)) return found
  }
  return []
}
