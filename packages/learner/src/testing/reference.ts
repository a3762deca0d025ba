import { createStatistics, observe, type ModelStatistics } from '@forage/bandit'
import { fromUnits, type DecisionRecord, type FeedbackRecord, type PlacementSpec } from '@forage/domain'
import type { Entry } from './factories.ts'

interface Known extends DecisionRecord { time: number; feedback: FeedbackRecord[]; active: boolean; closed: boolean; examined: number }
const PARKED = 600_000

/**
 * The rules of learning, written as plainly as they can be: keeps everything, looks through everything at every record, and makes
 * the statistics at the end from what every decision earned. Only for `lin-ucb` disjoint placements with expression `click + 5 * buy`.
 */
export function reference(log: readonly Entry[]) {
  const specs = new Map<string, PlacementSpec>()
  const decisions: Known[] = []
  let parked: [number, Extract<Entry[1], { decisionId: string }>][] = []
  const count = { accepted: 0, duplicate: 0, conflict: 0, unknownItem: 0, lost: 0, discarded: 0 }
  const rewardSpec = (d: Known) => specs.get(`${d.placement}/${d.version}`)!.reward

  function close(d: Known): void {
    d.closed = true
    if (!d.active) count.discarded++
    const last = Math.max(-1, ...d.feedback.map(({ itemId }) => d.slate.findIndex(({ id }) => id === (itemId ?? d.slate[0]!.id))))
    const all = specs.get(`${d.placement}/${d.version}`)!.examined === 'all' || last === -1
    d.examined = !d.active ? 0 : all ? d.slate.length : last + 1
  }
  function follow(now: number, content: Extract<Entry[1], { decisionId: string }>): void {
    const d = decisions.find(({ id }) => id === content.decisionId)
    if (d === undefined) return void parked.push([now, content])
    if (content.kind === 'activation') {
      if (!d.closed) d.active = true
    } else {
      if (d.closed && (!d.active || now >= d.time + rewardSpec(d).horizonSeconds * 1000)) return void count.lost++
      if (content.itemId !== undefined && !d.slate.some(({ id }) => id === content.itemId)) return void count.unknownItem++
      const same = d.feedback.find(({ feedbackId }) => feedbackId === content.feedbackId)
      const text = (f: FeedbackRecord) => JSON.stringify([f.itemId ?? d.slate[0]!.id, f.event, f.value, f.final])
      if (same) return void count[text(same) === text(content) ? 'duplicate' : 'conflict']++
      d.feedback.push(content)
      count.accepted++
    }
    if (!d.closed && d.active && d.feedback.some(({ final }) => final)) close(d)
  }
  for (const [now, content] of log) {
    for (const d of decisions) if (!d.closed && d.time + rewardSpec(d).windowSeconds * 1000 <= now) close(d)
    count.lost += parked.filter(([time, { kind }]) => kind === 'feedback' && time + PARKED <= now).length
    parked = parked.filter(([time]) => time + PARKED > now)
    if (content.kind === 'placement') specs.set(`${content.spec.id}/${content.version}`, content.spec)
    else if (content.kind === 'feedback' || content.kind === 'activation') follow(now, content)
    else if (content.kind === 'decision' && !decisions.some(({ id }) => id === content.id)) {
      decisions.push({ ...content, time: now, feedback: [], active: !content.deferred, closed: false, examined: 0 })
      const waiting = parked.filter(([, { decisionId }]) => decisionId === content.id)
      parked = parked.filter(([, { decisionId }]) => decisionId !== content.id)
      for (const [, orphan] of waiting) follow(now, orphan)
    }
  }
  const models = new Map<string, ModelStatistics>()
  for (const d of decisions)
    for (const item of d.slate.slice(0, d.examined)) {
      const about = d.feedback.filter(({ itemId }) => (itemId ?? d.slate[0]!.id) === item.id)
      if (!models.has(d.model)) models.set(d.model, createStatistics('disjoint', item.x.length, 0))
      observe(models.get(d.model)!, item.id, Float64Array.from(item.x, fromUnits), rewardOf(about, rewardSpec(d)), 1)
    }
  return { models, count, matured: decisions.filter(({ closed, active }) => closed && active).length, open: decisions.filter(({ closed }) => !closed).length }
}

function rewardOf(about: readonly FeedbackRecord[], { aggregation, defaultReward, range: [min, max], scaling }: PlacementSpec['reward']): number {
  const total = (event: string) => {
    const values = about.filter((f) => f.event === event).map(({ value }) => value)
    if (values.length === 0) return 0
    const sum = values.reduce((a, b) => a + b)
    return { sum, mean: sum / values.length, first: values[0]!, last: values.at(-1)!, max: Math.max(...values), min: Math.min(...values) }[aggregation]
  }
  const raw = about.length === 0 ? defaultReward : total('click') + 5 * total('buy')
  const round = (value: number) => Math.floor(value * 4096 + 0.5) / 4096
  const credited = round(Math.min(max, Math.max(min, raw)))
  return scaling === 'unit' ? round((credited - min) / (max - min)) : credited
}
