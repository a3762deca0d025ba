// A learner as a process of its own, for the fault suite; told by its first argument (JSON, see world/learner.ts), reports to its parent over IPC.
import { joinFold } from '@forage/folding'
import { openKafkaLog } from '@forage/event-log/kafka'
import { createLearnerFold } from '@forage/learner'
import { openRedisStore } from '@forage/store/redis'
import { setTimeout as pause } from 'node:timers/promises'
import { breakFold, breakStore } from './broken/breakages.ts'
import type { LearnerReport, LearnerTask } from './world/learner-task.ts'

const task = JSON.parse(process.argv[2]!) as LearnerTask
const say = (report: LearnerReport) => process.connected && process.send!(report)
process.once('disconnect', () => process.exit(1)) // a learner nobody watches must not go on
const patiently = async <T>(open: () => Promise<T>): Promise<T> => {
  for (;;) {
    const opened = await open().catch(() => null)
    if (opened !== null) return opened
    await pause(200)
  }
}

const log = await patiently(() => openKafkaLog({ brokers: task.brokers, topic: task.topic, giveUpMs: 5000 }))
const store = await patiently(() => openRedisStore({ ...task.redis, prefix: task.prefix, role: 'learner', commandTimeoutMs: task.commandTimeoutMs ?? 1500, connectTimeoutMs: 3000, allowNoAof: true, onWarning: () => {} }))
const broken = await breakStore(store, task)
let [errors, lastError] = [0, '']
const run = joinFold({
  log,
  store: { checkpoints: broken.checkpoints, documents: broken.documents, groups: broken.groups! },
  fold: breakFold(createLearnerFold(), task.broken),
  member: task.member,
  lifeMs: task.lifeMs,
  checkpoint: task.checkpoint,
  onError(error) {
    errors += 1
    lastError = String(error)
  },
})

const report = (ended: boolean) => say({
  ended, owned: run.owned, positions: run.owned.map((partition) => run.position(partition)), members: run.members.length,
  fenced: run.fenced(), regressed: run.regressed(), rebuilt: run.rebuilt(), deadLetters: run.deadLetters(), errors, lastError,
  failures: run.owned.flatMap((partition) => (run.failure(partition) === null ? [] : [`${partition}: ${String(run.failure(partition))}`])),
})
const timer = setInterval(() => report(false), 100)
process.once('SIGTERM', () => void stop())

async function stop(): Promise<void> {
  await run.stop()
  clearInterval(timer)
  report(true)
  await log.close()
  await store.close()
  process.exit(0)
}
