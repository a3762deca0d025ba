import { isDeepStrictEqual } from 'node:util'
import type { EventLog } from '@forage/event-log'
import { DEAD_LETTER, type DeadLetter } from '@forage/folding'
import { createLearnerFold, digestOf, type LearnerShard } from '@forage/learner'
import type { Store } from '@forage/store'
import { compareSums } from './compare-sums.ts'
import { createRecounter } from './recount.ts'
import { refold } from './refold.ts'

export interface Question {
  readonly log: EventLog
  readonly store: Store
  /** Offset that each partition's checkpoint must have reached. */
  readonly ends: readonly number[]
  /** Feedback that somebody was told is safe. */
  readonly acknowledged: ReadonlySet<string>
}

export interface Verdict {
  readonly ok: boolean
  /** Everything that is wrong, for people; the first twenty. */
  readonly wrong: readonly string[]
  readonly records: number
  readonly decisions: number
  readonly observations: number
  readonly acknowledged: number
  /** Distinct feedback in the checkpoints' entries. */
  readonly credited: number
  readonly deadLetters: number
  readonly saved: string
  readonly refolded: string
}

/** Is what the store holds exactly what the log says? Reads both from the start; nothing of what ran before is asked. */
export async function judge({ log, store, ends, acknowledged }: Question): Promise<Verdict> {
  const wrong: string[] = []
  const [savedShards, foldedShards]: [LearnerShard[], LearnerShard[]] = [[], []]
  const credited = new Set<string>()
  let [records, decisions, observations, unreadable] = [0, 0, 0, 0]
  const letters = await deadLettersOf(store)
  for (const [partition, end] of ends.entries()) {
    const say = (what: string) => wrong.push(`partition ${partition}: ${what}`)
    const checkpoint = await store.checkpoints.load('learner', partition)
    if (checkpoint === null || checkpoint.offset < end) {
      say(`saved up to ${checkpoint?.offset ?? 'nothing'}, not ${end}`)
      continue
    }
    const recounter = createRecounter()
    const { shard, entries, deadLetters } = await refold(log, partition, checkpoint.offset, (record) => {
      records += 1
      recounter.add(record)
    })
    const counted = recounter.result()
    ;[decisions, observations, unreadable] = [decisions + counted.decisions, observations + counted.observations, unreadable + counted.unreadable.length]
    const saved = createLearnerFold().shard(partition)
    try {
      saved.restore(checkpoint.fields)
    } catch (error) {
      say(`the checkpoint cannot be read: ${String(error)}`)
      continue
    }
    savedShards.push(saved)
    foldedShards.push(shard)
    if (digestOf([saved]) !== digestOf([shard])) say('the statistics differ from those of a fold of the log')
    if (!isDeepStrictEqual({ ...saved.counters }, { ...shard.counters })) say(`counters ${difference(saved.counters, shard.counters)}`)
    if (!isDeepStrictEqual(totals(saved), totals(shard))) say('the totals of placements differ')
    if (saved.watermark !== shard.watermark) say(`watermark ${saved.watermark}, not ${shard.watermark}`)
    if (!isDeepStrictEqual(deadLetters, counted.unreadable)) say(`${deadLetters.length} records were unreadable, the recount says ${counted.unreadable.length}`)
    const set = letters.get(partition) ?? new Set<number>()
    for (const offset of counted.unreadable) if (!set.has(offset)) say(`no dead letter for offset ${offset}`)
    for (const offset of set) if (!counted.unreadable.includes(offset)) say(`a dead letter for the sound record at ${offset}`)
    const own = await creditedIn(store, partition, entries, say)
    for (const id of own) credited.add(id)
    if (!sameSet(own, counted.credited)) say(`${own.size} feedback ids are credited, the recount says ${counted.credited.size}`)
    const { feedbackAccepted, decisions: opened, matured } = saved.counters
    if (feedbackAccepted !== counted.credited.size) say(`${feedbackAccepted} feedback was accepted, ${counted.credited.size} is there`)
    if (opened !== counted.decisions || matured !== counted.decisions) say(`${opened} decisions opened and ${matured} matured, ${counted.decisions} are there`)
    for (const what of compareSums(saved.models, counted.sums)) say(what)
  }
  const lost = [...acknowledged].filter((id) => !credited.has(id))
  if (lost.length > 0) wrong.push(`${lost.length} acknowledged feedback is not credited, such as ${lost[0]}`)
  const [saved, refolded] = [digestOf(savedShards), digestOf(foldedShards)]
  return { ok: wrong.length === 0, wrong: wrong.slice(0, 20), records, decisions, observations, acknowledged: acknowledged.size, credited: credited.size, deadLetters: unreadable, saved, refolded }
}

async function deadLettersOf(store: Store): Promise<Map<number, Set<number>>> {
  const byPartition = new Map<number, Set<number>>()
  for (const { body } of await store.documents.list<DeadLetter>(DEAD_LETTER)) {
    if (body.reason === '') continue
    byPartition.set(body.partition, (byPartition.get(body.partition) ?? new Set()).add(body.offset))
  }
  return byPartition
}

/** Reads every entry from the store, compares it, and gives the feedback ids in it. */
async function creditedIn(store: Store, partition: number, expected: ReadonlyMap<string, Uint8Array>, say: (what: string) => void): Promise<Set<string>> {
  const credited = new Set<string>()
  const keys = [...expected.keys()]
  let [missing, different] = [0, 0]
  for (let at = 0; at < keys.length; at += 1000) {
    const some = keys.slice(at, at + 1000)
    const found = await store.checkpoints.entries('learner', partition, some)
    for (const key of some) {
      const bytes = found.get(key)
      if (bytes === undefined) missing += 1
      else if (Buffer.compare(bytes, expected.get(key)!) !== 0) different += 1
      if (bytes !== undefined && key.startsWith('decision/')) for (const id of feedbackIds(bytes)) credited.add(id)
    }
  }
  if (missing + different > 0) say(`of ${keys.length} entries ${missing} are missing and ${different} differ`)
  return credited
}

/** The ids that an entry mentions; each ends with a semicolon, so its layout does not matter. */
const feedbackIds = (entry: Uint8Array): string[] => Buffer.from(entry).toString('latin1').match(/f-\d+-\d+;/g) ?? []

const totals = ({ placements }: LearnerShard) => new Map([...placements].map(([id, sums]) => [id, { ...sums }])) // deep equality of Maps ignores order
const sameSet = (a: ReadonlySet<string>, b: ReadonlySet<string>) => a.size === b.size && [...a].every((id) => b.has(id))

function difference(found: object, wanted: object): string {
  const expected = wanted as Record<string, number>
  return Object.entries(found as Record<string, number>).filter(([name, value]) => value !== expected[name]).map(([name, value]) => `${name} ${value}, not ${expected[name]}`).join('; ')
}
