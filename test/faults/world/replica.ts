import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startForage } from '../../fleet/commands.ts'
import type { Corner } from './corner.ts'
import { waitUntil } from './wait.ts'
import type { World } from './world.ts'

/** `forage serve` on a corner, which follows what its learners save. */
export async function startReplica(corner: Corner, world: World) {
  const env = { FORAGE_KAFKA_BROKERS: world.kafka.brokers.join(','), FORAGE_KAFKA_TOPIC: corner.topic, FORAGE_REDIS_URL: world.redis.url, FORAGE_REDIS_PREFIX: corner.prefix, LOG_LEVEL: 'silent' }
  const folder = mkdtempSync(join(tmpdir(), 'forage-replica-'))
  const { url, end, child } = await startForage(['serve', '--data', folder], env)
  corner.owns({
    get running() {
      return child.exitCode === null && child.signalCode === null
    },
    async kill() {
      await end('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  })
  return {
    url,
    /** What it serves once it has everything before `ends`. */
    async digestAt(ends: readonly number[]): Promise<string> {
      let seen: { digest: string; partitions: { applied: number }[] } = { digest: '', partitions: [] }
      await waitUntil('the replica is at the end', async () => {
        seen = (await (await fetch(`${url}/api/learning`)).json()) as typeof seen
        return ends.every((end, partition) => (seen.partitions[partition]?.applied ?? 0) >= end)
      }, 30_000, 200)
      return seen.digest
    },
  }
}
