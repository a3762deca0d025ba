import { ForageError, type ActivationRecord, type DecisionRecord, type FeedbackRecord, type InteractionRecord } from '@forage/domain'
import type { LogRecord, ShardChanges } from '@forage/folding'
import { createCounters } from './counters.ts'
import { createDefinition, type Definition } from './definition.ts'
import { createExpiry } from './expiry.ts'
import { examinedItems, join } from './joined.ts'
import type { LearnerShard } from './learner-shard.ts'
import { createMaturedEntries } from './matured-entries.ts'
import type { Matured } from './matured.ts'
import { createModels, type ModelForm } from './models.ts'
import { createOpenDecisions, type OpenDecision } from './open-decisions.ts'
import { createOrphans } from './orphans.ts'
import { createPlacements } from './placements.ts'
import { createRecordReader } from './record-reader.ts'
import { modelReward, rewardOf } from './reward.ts'
import { createSavedState } from './saved-state.ts'

type Position = Pick<LogRecord, 'offset' | 'time'>

/** A decision or definition that was checked; nothing has changed yet. */
type Checked =
  | { readonly kind: 'decision'; readonly record: DecisionRecord; readonly definition: Definition; readonly form: ModelForm }
  | { readonly kind: 'placement'; readonly definition: Definition }
  | { readonly kind: 'message'; readonly record: FeedbackRecord | ActivationRecord }
  | { readonly kind: 'tick' }

/**
 * One partition of the bandit fold. Time is the log's: before a record of time t is applied, all that is due at or before t happens,
 * in the order of due time, then offset.
 * @param recentEntries matured decisions kept in memory besides the store
 */
export function createShard(partition: number, recentEntries: number): LearnerShard {
  const reader = createRecordReader()
  const placements = createPlacements()
  const models = createModels()
  const open = createOpenDecisions()
  const orphans = createOrphans()
  const matured = createMaturedEntries(recentEntries, placements.get)
  const expiry = createExpiry()
  const counters = createCounters()
  // Offsets of decision records that a rebuild must not open, as long as it can meet them: repeated ones, and those closed early by
  // feedback that had waited for them, which a rebuild may no longer see.
  const passedOver = new Set<number>()
  const saved = createSavedState()
  let watermark = 0
  let rebuilding = false
  let tally = counters // while rebuilding: a scrap sheet, the restored counters have it all

  function check({ offset }: Position, record: InteractionRecord): Checked {
    if (record.kind === 'placement') return { kind: 'placement', definition: createDefinition(record, offset) }
    if (record.kind === 'tick') return { kind: 'tick' }
    if (record.kind !== 'decision') return { kind: 'message', record }
    const definition = placements.get(record.placement, record.version)
    if (definition === undefined || definition.offset > offset)
      throw new ForageError('unreadable_record', 'a decision of a placement version that is not in the log', { placement: record.placement, version: record.version })
    const d = definition.shape === 'counts' ? 0 : (record.slate[0]?.x.length ?? 0)
    const form = { shape: definition.shape, d, sharedLength: definition.shape === 'hybrid' ? record.sharedLength : 0, halfLifeMs: definition.halfLifeMs }
    if (record.slate.length > 0) models.check(record.model, form)
    return { kind: 'decision', record, definition, form }
  }

  function advance({ offset, time }: Position): void {
    for (let next = open.soonest(); next !== null && next.due <= time; next = open.soonest()) close(next, offset)
    for (const { content } of orphans.expire(time)) tally[content.kind === 'feedback' ? 'feedbackUnmatched' : 'activationsIgnored']++
    if (!rebuilding) expiry.advance(time, matured.remove)
  }

  function decide({ record, definition, form }: Checked & { kind: 'decision' }, { offset, time }: Position): void {
    // An entry can only come from an earlier record, unless the log is folded again over the entries of a run before.
    const known = open.has(record.id) || (rebuilding ? passedOver.has(offset) : (matured.get(record.id, offset)?.offset ?? offset) < offset)
    if (known) {
      tally.decisionsDuplicate++
      if (!rebuilding) passedOver.add(offset)
      return
    }
    tally.decisions++
    if (!rebuilding) {
      placements.count(record.placement, 1, 0, 0)
      if (record.slate.length > 0) models.register(record.model, form)
    }
    const waiting = orphans.take(record.id)
    const decision: OpenDecision = {
      id: record.id, offset, time, definition, model: record.model, slate: record.slate, contributions: [],
      due: time + definition.windowMs, active: !record.deferred, finished: false, waited: waiting.map((orphan) => orphan.offset),
    }
    open.add(decision)
    for (const { content, offset: own } of waiting) follow(content, own, { offset, time })
  }

  /** Gives an open decision its feedback or activation, which stands at `offset`; `now` is the record that makes it happen. */
  function adopt(decision: OpenDecision, content: FeedbackRecord | ActivationRecord, offset: number, now: number): void {
    if (content.kind === 'activation') {
      tally[decision.active ? 'activationsIgnored' : 'activations']++
      decision.active = true
    } else {
      const result = join(decision, content, offset)
      tally[result]++
      if (result === 'feedbackAccepted' && content.final) decision.finished = true
    }
    if (decision.finished && decision.active) close(decision, now)
  }

  /** Feedback or an activation that stands at `offset`: `now`, or earlier if it waited for its decision. */
  function follow(content: FeedbackRecord | ActivationRecord, offset: number, now: Position): void {
    const decision = open.get(content.decisionId)
    if (decision !== undefined) return adopt(decision, content, offset, now.offset)
    const { time } = now
    if (rebuilding) {
      if (orphans.offsets.has(offset)) orphans.park({ content, offset, time })
      return
    }
    const entry = matured.get(content.decisionId, now.offset)
    if (entry === undefined) {
      if (!orphans.park({ content, offset, time })) tally[content.kind === 'feedback' ? 'feedbackUnmatched' : 'activationsIgnored']++
    } else if (content.kind === 'activation') tally.activationsIgnored++
    else correctWith(entry, content, offset, time)
  }

  /** The end of a decision's window: it is learned from, or discarded. `now` is the offset of the record that made it so. */
  function close(decision: OpenDecision, now: number): void {
    open.remove(decision.id)
    if (rebuilding) return
    orphans.release(decision.waited)
    if (decision.waited.length > 0) passedOver.add(decision.offset)
    const { id, offset, time, definition, model, slate, contributions } = decision
    const examined = decision.active ? examinedItems(decision) : 0
    const credited: number[] = []
    for (let item = 0; item < examined; item++) {
      const reward = rewardOf(definition, contributions, item, rewardError)
      models.observe(model, slate[item]!.id, slate[item]!.x, modelReward(definition.spec.reward, reward), time)
      placements.count(definition.spec.id, 0, 1, reward)
      credited.push(reward)
    }
    counters[decision.active ? 'matured' : 'discarded']++
    counters.observations += examined
    matured.put({ id, offset, time, definition, model, slate, contributions, maturedAt: now, examined, credited, discarded: !decision.active })
    expiry.add(id, time + Math.max(definition.windowMs, definition.horizonMs))
  }

  function rewardError(): void {
    counters.rewardErrors++
  }

  /** Late feedback: moves the credited reward; A, n and the weight stay. */
  function correctWith(entry: Matured, feedback: FeedbackRecord, offset: number, time: number): void {
    const { definition } = entry
    if (entry.discarded) return void counters.feedbackUnmatched++
    if (time >= entry.time + definition.horizonMs) return void counters.feedbackExpired++
    const result = join(entry, feedback, offset)
    counters[result]++
    if (result !== 'feedbackAccepted') return
    counters.feedbackLate++
    moveReward(entry, entry.contributions.at(-1)!.item)
    matured.put(entry)
  }

  /** Credits a matured decision's item with what all its feedback is worth now. */
  function moveReward({ definition, model, slate, contributions, time, examined, credited }: Matured, item: number): void {
    if (item >= examined) return void counters.feedbackUnexamined++
    const [from, to] = [credited[item]!, rewardOf(definition, contributions, item, rewardError)]
    if (from === to) return
    credited[item] = to
    models.correct(model, slate[item]!.id, slate[item]!.x, modelReward(definition.spec.reward, from), modelReward(definition.spec.reward, to), time)
    placements.count(definition.spec.id, 0, 0, to - from)
    counters.corrected++
  }

  /** Offset of the oldest record that a rebuild needs, or Infinity. */
  const oldest = () => Math.min(open.oldest(), orphans.oldest())

  return {
    partition,
    models: models.learned,
    counters,
    placements: placements.sums,
    get watermark() {
      return watermark
    },
    get openDecisions() {
      return open.size
    },
    hasPlacement: (id, version) => placements.get(id, version) !== undefined,
    definitions: () => placements.all(),
    readingScale: models.readingScale,
    due() {
      const [matures, givenUp] = [open.soonest()?.due ?? Infinity, orphans.due() ?? Infinity]
      const next = Math.min(matures, givenUp)
      return next === Infinity ? null : next
    },
    restore(fields) {
      const state = saved.restore(fields)
      if (state === null) return
      watermark = state.watermark
      Object.assign(counters, state.counters)
      orphans.restore(state.orphans)
      for (const offset of state.passedOver) passedOver.add(offset)
      placements.restore(fields)
      models.restore(fields)
      expiry.restore(fields)
    },
    wants(records) {
      matured.evict()
      return [...reader.readAhead(records, (id) => !open.has(id) && !matured.holds(id)), ...expiry.wants(records.at(-1)?.time ?? 0)]
    },
    provide(entries) {
      for (const [key, bytes] of entries) if (!expiry.provide(key, bytes)) matured.provide(key, bytes)
    },
    apply(record, isRebuild) {
      let checked: Checked
      try {
        checked = check(record, reader.read(record))
      } catch (error) {
        if (isRebuild) return // it went to the dead letters the first time
        throw error
      }
      rebuilding = isRebuild
      tally = isRebuild ? createCounters() : counters
      advance(record)
      if (!rebuilding) {
        watermark = Math.max(watermark, record.time)
        saved.touch()
      }
      if (checked.kind === 'decision') decide(checked, record)
      else if (checked.kind === 'message') follow(checked.record, record.offset, record)
      else if (checked.kind === 'placement' && !rebuilding && !placements.define(checked.definition)) counters.placementsRepeated++
    },
    replayFrom: (next) => Math.min(next, oldest()),
    changes(): ShardChanges {
      const fields = new Map<string, Uint8Array | null>()
      const entries = new Map<string, Uint8Array | null>()
      const from = oldest()
      for (const offset of passedOver) if (offset < from) passedOver.delete(offset)
      saved.collect({ watermark, counters, orphans: [...orphans.offsets], passedOver: [...passedOver] }, fields)
      placements.collect(fields)
      models.collect(fields)
      expiry.collect(fields, entries)
      matured.collect(entries)
      return { fields, entries }
    },
  }
}
