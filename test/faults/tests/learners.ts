import { setTimeout as pause } from 'node:timers/promises'
import { staged, type Stage } from '../stage.ts'
import { waitUntil } from '../world/wait.ts'

const times = ({ long }: Stage, short: number) => Array.from({ length: long ? 5 * short : short })

async function somebody({ squad, random }: Stage) {
  const busy = () => squad.learners.filter(({ report, frozen }) => !frozen && report.owned.length > 0 && report.positions.some((position) => position > 0))
  await waitUntil('a learner at work', () => busy().length > 0)
  return busy()[Math.floor(busy().length * random())]!
}

export const learnerKill = staged({
  name: 'learner-kill',
  what: 'kill -9 of learners at work',
  control: { learner: 'offset-apart' },
  async act(stage) {
    const { producer, squad, random } = stage
    for (const _ of times(stage, 4)) {
      const victim = await somebody(stage)
      const sent = producer.send(800)
      await pause(150 * random())
      await squad.kill(victim)
      squad.add()
      await sent
      await squad.untilCovered()
    }
  },
})

/**
 * Frozen with work that it has not saved, until others have its partitions and have saved more; thawed, so that it saves what it has; then the
 * others are killed, so that what is saved must do. Saves are far apart, or it would have nothing left to save.
 */
export const zombie = staged({
  name: 'zombie',
  what: 'SIGSTOP with unsaved work until taken over, SIGCONT',
  task: { checkpoint: { records: 1_000_000, ms: 2000 } },
  control: { learner: 'no-fence' },
  async act(stage) {
    const { producer, squad, corner, found } = stage
    for (const _ of times(stage, 2)) {
      const victim = await somebody(stage)
      const own = [...victim.report.owned]
      const saved = () => Promise.all(own.map(async (partition) => (await corner.store.checkpoints.load('learner', partition))?.offset ?? 0))
      await producer.send(800)
      await pause(600) // applied, not yet saved
      const before = await saved()
      victim.freeze()
      await squad.untilCovered()
      await producer.send(800)
      await waitUntil('others have saved more', async () => (await saved()).every((offset, index) => offset > before[index]!))
      const theirs = await saved()
      victim.thaw()
      await pause(1000) // whatever it still does, it has done
      for (const [index, offset] of (await saved()).entries())
        if (offset < theirs[index]!) found.push(`partition ${own[index]} was saved up to ${theirs[index]}, and then up to ${offset} by one who had lost it`)
      for (const other of squad.learners.filter((learner) => learner !== victim)) {
        await squad.kill(other)
        squad.add()
      }
      await squad.untilCovered()
    }
  },
  expect: ({ squad }) => (squad.count('fenced') > 0 ? [] : ['nobody was ever fenced']),
})

export const rebalance = staged({
  name: 'rebalance',
  what: 'members added, stopped (SIGTERM) and killed in rotation under traffic',
  corner: { partitions: 8 },
  async act(stage) {
    const { producer, squad } = stage
    let longestMs = 0
    for (const [round] of times(stage, 3).entries()) {
      const sent = producer.send(1500)
      squad.add()
      await waitUntil('the new member has its share', () => squad.learners.at(-1)!.report.owned.length > 0)
      const [oldest] = squad.learners
      const began = performance.now()
      if (round % 2 === 0) await squad.stop(oldest!)
      else await squad.kill(oldest!)
      await squad.untilCovered()
      longestMs = Math.max(longestMs, Math.round(performance.now() - began))
      await sent
    }
    return { longestStallMs: longestMs }
  },
})

export const terminate = staged({
  name: 'terminate',
  what: 'every learner stopped with SIGTERM and started again, in turn',
  async act(stage) {
    const { producer, squad } = stage
    let longestMs = 0
    for (const _ of times(stage, 2))
      for (const learner of squad.learners) {
        const sent = producer.send(600)
        const began = performance.now()
        await squad.stop(learner) // an error when it takes too long, or does not end with 0
        longestMs = Math.max(longestMs, Math.round(performance.now() - began))
        squad.add()
        await sent
        await squad.untilCovered()
      }
    return { longestStopMs: longestMs }
  },
})
