import { assert, constantFrom, integer, nat, property } from 'fast-check'
import { expect, it } from 'vitest'
import { createLearnerFold } from './fold.ts'
import type { LearnedShard } from './learner-shard.ts'
import { digestOf } from './merge-shards.ts'
import { createReplica, type Replica } from './replica.ts'
import { aDecision, aFeedback, aPlacement, aTick, defined, logOf, type Entry } from './testing/factories.ts'
import { wilderLog } from './testing/random-log.ts'
import { applyBatch, copyOf, nothingSaved, saveChanges, type Saved } from './testing/run.ts'

const HOUR = 3_600_000
const SPECS = [['home', 1], ['other', 4], ['slow', 1], ['wide', 1], ['nobody', 1]] as const

/** All that a shard shows. */
function shown(shard: LearnedShard) {
  const { partition, watermark, openDecisions, counters, placements } = shard
  return {
    partition, watermark, openDecisions, counters: { ...counters }, placements: Object.fromEntries(placements), digest: digestOf([shard]),
    has: SPECS.map(([id, version]) => shard.hasPlacement(id, version)),
    scales: [...shard.models.keys()].toSorted().map((key) => [key, shard.readingScale(key, watermark), shard.readingScale(key, watermark + 7 * HOUR)]),
  }
}

function restored({ fields }: Saved) {
  const shard = createLearnerFold().shard(0)
  shard.restore(fields)
  return shard
}

/** Folds a log, and gives what each checkpoint changed, with the state that was saved and the learner's own shard at that point. */
type Visit = (changed: ReadonlyMap<string, Uint8Array | null>, saved: Saved, shard: LearnedShard) => void
function eachCheckpoint(log: readonly Entry[], cut: (place: number) => number, visit: Visit): void {
  const records = logOf(log)
  const [shard, saved] = [createLearnerFold({ recentEntries: 0 }).shard(0), nothingSaved()]
  for (let from = 0; from < records.length; ) {
    const next = Math.min(records.length, from + cut(from))
    applyBatch(shard, records.slice(from, next), saved)
    visit(saveChanges(shard, saved, next), saved, shard)
    from = next
  }
}

const withForgetting = (log: readonly Entry[]): Entry[] => {
  const [start, end] = [log[0]![0], log.at(-1)![0]]
  const slow = aPlacement({ id: 'slow', halfLifeSeconds: 1, reward: { windowSeconds: 0 } })
  const wide = aPlacement({ id: 'wide', policy: { name: 'lin-ucb', model: 'hybrid', lambda: 1, initialPulls: 0, alpha: 1 }, reward: { windowSeconds: 1 } })
  const of = (placement: string, n: number) =>
    aDecision(`${placement}${n}`, {
      placement, model: `${placement}/model`, items: ['a', 'b'].slice(0, 1 + (n % 2)), x: [n, -1, 0.5], sharedLength: placement === 'wide' ? 1 : 0,
    })
  const more = Array.from({ length: 8 }, (_, n): Entry[] => [[end + n * 90_000, of('slow', n)], [end + n * 90_000, of('wide', n)]]).flat()
  return [[start, defined(slow)], [start, defined(wide)], ...log, ...more, [end + 800_000, aTick]]
}

it('is after every checkpoint what the whole checkpoint restores, and what the learner has', () => {
  assert(
    property(wilderLog, integer({ min: 1, max: 12 }), nat(5), (log, most, skip) => {
      const replica = createReplica(0)
      let waiting = new Map<string, Uint8Array | null>()
      let count = 0
      eachCheckpoint(withForgetting(log), (place) => 1 + ((place * 7) % most), (changed, saved, shard) => {
        waiting = new Map([...waiting, ...changed]) // several saves may come as one change
        if (count++ % (skip + 1) !== 0) return
        replica.update(waiting, count === 1)
        waiting = new Map()
        expect(shown(replica)).toEqual({ ...shown(restored(saved)), openDecisions: shard.openDecisions })
        expect(shown(replica)).toEqual(shown(shard))
      })
    }),
    { numRuns: 60, seed: 31 },
  )
})

it('given everything again, forgets what it had', () => {
  assert(
    property(wilderLog, wilderLog, (one, other) => {
      const [replica, states] = [createReplica(0), [] as Saved[]]
      for (const log of [one, withForgetting(other)]) eachCheckpoint(log, () => 1000, (_, saved) => states.push(copyOf(saved)))
      for (const saved of [...states, ...states.toReversed()]) {
        replica.update(saved.fields, true)
        expect(digestOf([replica])).toBe(digestOf([restored(saved)]))
        expect(Object.fromEntries(replica.placements)).toEqual(Object.fromEntries(restored(saved).placements))
      }
      replica.update(new Map(), true)
      expect(shown(replica)).toEqual(shown(createReplica(0)))
    }),
    { numRuns: 20, seed: 32 },
  )
})

/** The replica refuses the change with `corrupt_state` and is as it was; the right change is taken afterwards. */
function refused(replica: Replica, changed: ReadonlyMap<string, Uint8Array | null>, whole = false): void {
  const before = shown(replica)
  const revisions = () => [...replica.models.values()].flatMap((model) => [model.revision, ...[...model.arms.values()].map(({ revision }) => revision)])
  const known = revisions()
  expect(() => replica.update(changed, whole)).toThrow(expect.objectContaining({ code: 'corrupt_state' }))
  expect(shown(replica)).toEqual(before)
  expect(revisions()).toEqual(known)
}

it('refuses any flipped bit, any cut and any missing part of a change, and stays as it was', () => {
  assert(
    property(wilderLog, integer({ min: 3, max: 20 }), nat(1_000_000), constantFrom('flip', 'cut', 'drop', 'name'), (log, batch, dice, harm) => {
      const replica = createReplica(0)
      eachCheckpoint(withForgetting(log), () => batch, (changed, { fields }) => {
        const whole = dice % 3 === 0 || replica.watermark === 0
        const full = whole ? new Map<string, Uint8Array | null>(fields) : new Map(changed)
        const names = [...full.keys()].filter((name) => full.get(name) !== null)
        const name = names[dice % names.length]!
        const bytes = Uint8Array.from(full.get(name)!)
        if (harm === 'flip') bytes[dice % bytes.length]! ^= 1 << (dice % 8)
        if (harm === 'name') refused(replica, new Map([...full, ['surprise', bytes]]), whole)
        else if (harm !== 'drop') refused(replica, new Map([...full, [name, harm === 'cut' ? bytes.subarray(0, dice % bytes.length) : bytes]]), whole)
        else if (names.length > 1) refused(replica, new Map([...full].filter(([other]) => other !== 'state')), whole)
        replica.update(full, whole)
        expect(digestOf([replica])).toBe(digestOf([restored({ ...nothingSaved(), fields })]))
      })
    }),
    { numRuns: 150, seed: 33 },
  )
})

it('refuses arms that are missing, of another save or another model, and models that change', () => {
  const log: Entry[] = [
    [0, defined(aPlacement())], [0, defined(aPlacement({ id: 'other' }))],
    [1, aDecision('d1', { items: ['a', 'b'] })],
    [1, aDecision('d2', { placement: 'other', model: 'other/model' })], [2, aDecision('d3', { placement: 'other', model: 'other/model' })],
    [30_000, aTick],
    [30_001, aDecision('d4', { items: ['a', 'b', 'c'] })], [60_000, aTick],
  ]
  const saves: (readonly [ReadonlyMap<string, Uint8Array | null>, Saved])[] = []
  eachCheckpoint(log, (place) => (place === 0 ? 6 : 2), (changed, saved) => saves.push([changed, copyOf(saved)]))
  const [[, first], [second, last]] = [saves[0]!, saves[1]!]
  const replica = createReplica(0)
  replica.update(first.fields, true)
  const armA = first.fields.get('model/0/arm/0/a')!
  for (const arm of ['a', 'b', 'c']) refused(replica, new Map([...second].filter(([name]) => name !== `model/0/arm/0/${arm}`)))
  refused(replica, new Map([...second, ['model/0/arm/0/a', armA]])) // of the save before
  refused(replica, new Map([...second, ['model/0/arm/0/a', first.fields.get('model/1/arm/0/a')!]]).set('model/0/arm/0/b', armA))
  refused(replica, new Map([...second, ['model/0', first.fields.get('model/1')!]]))
  refused(replica, new Map([...second, ['model/7', first.fields.get('model/0')!]]))
  refused(replica, new Map([...second, ['model/7/shared/0', first.fields.get('model/0/shared/0')!]]))
  refused(replica, new Map([...second, ['model/0/arm/0/b', null]]))
  refused(replica, new Map([...last.fields].filter(([name]) => name !== 'model/0/shared/0')), true)
  replica.update(second, false)
  expect(digestOf([replica])).toBe(digestOf([restored(last)]))
})

it('takes arms of several parts, and refuses one that comes without all of them', () => {
  const d = 150
  const spec: Entry = [0, defined(aPlacement())]
  const vector = (n: number) => Array.from({ length: d }, (_, j) => (j % 7) - n)
  const decisions = (from: number) => Array.from({ length: 3 }, (_, n): Entry => [from, aDecision(`d${from}${n}`, { x: vector(n) })])
  const log: Entry[] = [spec, ...decisions(1), [30_000, aTick], ...decisions(30_001), [60_000, aFeedback('d11', 'f')]]
  const replica = createReplica(0)
  let part: ReadonlyMap<string, Uint8Array | null> = new Map()
  eachCheckpoint(log, () => 5, (changed, saved) => {
    if (replica.watermark === 0) return replica.update(saved.fields, true)
    part = changed
    for (const piece of ['model/0/arm/0/a', 'model/0/arm/1/a']) refused(replica, new Map([...part].filter(([name]) => name !== piece)))
    replica.update(part, false)
    expect(digestOf([replica])).toBe(digestOf([restored(saved)]))
  })
  expect([...part.keys()]).toContain('model/0/arm/1/a')
})

it('gives new revisions to what changed, and to nothing else', () => {
  const log: Entry[] = [
    [0, defined(aPlacement())], [1, aDecision('d1', { items: ['a', 'b'] })], [30_000, aTick],
    [30_001, aDecision('d2', { items: ['b'] })], [30_002, aFeedback('d2', 'f', { final: true })], [30_003, aTick],
  ]
  const replica = createReplica(0)
  const seen: number[][] = []
  eachCheckpoint(log, (place) => (place === 0 ? 3 : 2), (changed) => {
    replica.update(changed, seen.length === 0)
    const model = replica.models.get('home/model')!
    seen.push([model.arms.get('a')!.revision, model.arms.get('b')!.revision, model.revision])
  })
  const [first, second, third] = seen as [number[], number[], number[]]
  expect([second[0], second[1]! > first[1]!, second[2]! > first[2]!]).toEqual([first[0], true, true])
  expect(third).toEqual(second)
})
