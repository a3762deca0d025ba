import { setTimeout as pause } from 'node:timers/promises'
import { startSentinelTrio } from '../../services/redis.ts'
import { staged } from '../stage.ts'
import { startReplicatedCluster } from '../world/cluster.ts'

export const sentinel = staged({
  name: 'sentinel',
  what: 'the master behind three Sentinels killed',
  async prepare() {
    const trio = await startSentinelTrio()
    const redis = { sentinels: trio.sentinels, masterName: trio.masterName }
    return {
      end: () => trio.stop(),
      scenario: {
        name: 'sentinel',
        what: '',
        corner: { redis },
        control: { learner: 'hopeful' },
        async act({ producer, squad, random }) {
          const sent = producer.send(1500)
          await pause(80 * random())
          await trio.master.kill()
          await sent
          await squad.untilCovered()
          await producer.send(500)
          for (const learner of squad.learners.slice(0, 1)) await squad.kill(learner)
          squad.add()
        },
      },
    }
  },
})

export const cluster = staged({
  name: 'cluster',
  what: 'a master of a Redis Cluster killed',
  async prepare() {
    const { nodes, masters, stop } = await startReplicatedCluster()
    return {
      end: stop,
      scenario: {
        name: 'cluster',
        what: '',
        corner: { redis: { cluster: nodes } },
        async act({ producer, squad, random }) {
          const sent = producer.send(1500)
          await pause(80 * random())
          await masters[Math.floor(3 * random())]!.kill()
          await sent
          await squad.untilCovered()
          await producer.send(500)
        },
      },
    }
  },
})
