import { type RedisClient, textOf } from './client.ts'
import type { RedisKeys } from './keys.ts'

export interface Watch {
  readonly fold: string
  readonly partitions: readonly number[]
  readonly listener: (partition: number) => void
}

/**
 * Calls the listener when a checkpoint has changed: at once by the message that each save publishes, or by asking every `pollMs`,
 * because Redis forgets messages for those who are just not connected. Returns the end.
 */
export function watchCheckpoints(client: RedisClient, keys: RedisKeys, pollMs: number, { fold, partitions, listener }: Watch): () => void {
  const seen = new Map<number, string>()
  let ended = false
  let polling = false
  const notice = (partition: number, token: string) => {
    if (ended || seen.get(partition) === token) return
    seen.set(partition, token)
    listener(partition)
  }
  const poll = async () => {
    if (polling || ended) return
    polling = true
    await Promise.allSettled(partitions.map(async (partition) => {
      const before = seen.get(partition)
      const token = textOf(await client.call('HGET', keys.checkpoint(fold, partition).state, 'token')) ?? ''
      if (seen.get(partition) === before) notice(partition, token) // else a message overtook this answer
    }))
    polling = false
  }
  for (const partition of partitions) seen.set(partition, '')
  const channel = client.listen(keys.channel(fold), (message) => {
    const [partition, token] = message.split(' ')
    if (partitions.includes(Number(partition))) notice(Number(partition), token ?? '')
  }, () => void poll())
  const timer = setInterval(() => void poll(), pollMs)
  timer.unref()
  void poll()
  return () => {
    ended = true
    clearInterval(timer)
    channel.close()
  }
}
