import { startKafka, type KafkaService } from '../../services/kafka.ts'
import { hasRedisBinary, type RedisProcess } from '../../services/redis-process.ts'
import { startRedis } from '../../services/redis.ts'

/** A Kafka broker and a Redis of our own, which tests may do anything to; each test works in a corner of its own. */
export interface World {
  readonly kafka: KafkaService & { readonly own: NonNullable<KafkaService['own']> }
  readonly redis: RedisProcess
  stop(): Promise<void>
}

/** Null, said loudly, without the services. */
export async function startWorld(): Promise<World | null> {
  if (!hasRedisBinary()) {
    process.stderr.write('\n### SKIP: faults: no redis-server binary\n')
    return null
  }
  const kafka = await startKafka('faults')
  if (kafka === null) return null
  if (kafka.own === null) {
    process.stderr.write('\n### SKIP: faults: they need a broker of their own (Java), not one that is shared\n')
    await kafka.stop()
    return null
  }
  const redis = await startRedis()
  return {
    kafka: kafka as World['kafka'],
    redis,
    async stop() {
      await redis.stop()
      await kafka.stop()
    },
  }
}
