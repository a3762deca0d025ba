import type { FaultTest } from '../fault-test.ts'
import { brokerKill, kafkaCut } from './kafka.ts'
import { learnerKill, rebalance, terminate, zombie } from './learners.ts'
import { duplicates, poison } from './records.ts'
import { cluster, sentinel } from './redis-failover.ts'
import { corrupt, redisCut, redisKill, redisLost, redisSlow } from './redis.ts'
import { torture } from './torture.ts'

export const faultTests: readonly FaultTest[] = [
  poison, duplicates, learnerKill, zombie, terminate, rebalance, redisKill, redisLost, redisSlow, redisCut, corrupt, sentinel, cluster, brokerKill, kafkaCut, torture,
]
