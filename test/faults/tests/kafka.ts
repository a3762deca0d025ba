import { setTimeout as pause } from 'node:timers/promises'
import { faultProxy } from '../../services/fault-proxy.ts'
import { staged } from '../stage.ts'

export const brokerKill = staged({
  name: 'broker-kill',
  what: 'kill -9 of the broker under traffic, and its restart',
  control: { producer: 'hopeful' },
  async act({ producer, squad, world, random, long }) {
    for (const _ of Array.from({ length: long ? 6 : 1 })) {
      const sent = producer.send(2000)
      await pause(60 * random())
      await world.kafka.own.kill()
      await pause(500)
      await world.kafka.own.restart()
      await sent
      await producer.send(500)
      await squad.untilCovered()
    }
    return { appendsRetried: producer.retried }
  },
})

/** Learners reach the broker through a link that goes silent, then is cut; the traffic goes on. */
export const kafkaCut = staged({
  name: 'kafka-cut',
  what: 'the learners\' network to Kafka gone for 10 s (long: 60 s)',
  async prepare(world) {
    const { to, advertised } = world.kafka.own.proxied
    const link = await faultProxy({ port: advertised, to })
    return {
      end: () => link.close(),
      scenario: {
        name: 'kafka-cut',
        what: '',
        task: { brokers: [`127.0.0.1:${advertised}`] },
        async act({ producer, squad, long }) {
          link.hold(true)
          await producer.send(2000)
          await pause(long ? 60_000 : 10_000)
          link.cut()
          link.hold(false)
          await producer.send(1000)
          await squad.untilCovered()
        },
      },
    }
  },
})
