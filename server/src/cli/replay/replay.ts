import { createClient } from '@forage/client'
import type { EventLog } from '@forage/event-log'
import type { Store } from '@forage/store'
import type { AuditReport } from '../../audit/audit-decisions.ts'
import { replayLog } from '../../audit/replay-log.ts'
import { openState } from '../open-state.ts'
import { startProgress } from '../progress.ts'
import type { Terminal } from '../terminal.ts'
import { storedPosterior, type StoredPosterior } from './stored-posterior.ts'

export interface ReplayOptions {
  readonly data?: string
  readonly url?: string
  readonly json?: boolean
  readonly verifyDecisions?: number
}

export interface ReplayReport {
  readonly digest: string
  /** Digest it was compared with; null when there was nothing to compare with. */
  readonly expected: string | null
  readonly comparedWith: 'checkpoint' | 'server' | null
  readonly offsets: readonly number[]
  readonly records: number
  readonly recordsPerSecond: number
  readonly matches: boolean
  readonly audit?: AuditReport
}

/** `forage replay`: is the posterior what the log says? Exit code 1 when not. */
export async function replayCommand(options: ReplayOptions, terminal: Terminal): Promise<void> {
  const { where, log, store, close } = await openState(options.data)
  try {
    const report = await replay(log, store, options, terminal)
    if (options.json === true) terminal.out(JSON.stringify(report))
    else for (const line of describe(report, where)) terminal.out(line)
    if (!report.matches || report.audit?.ok === false) process.exitCode = 1
  } finally {
    await close()
  }
}

export async function replay(log: EventLog, store: Store, options: ReplayOptions, terminal: Terminal): Promise<ReplayReport> {
  const expected = options.url === undefined ? await storedPosterior(store.checkpoints, log.partitions) : await servedPosterior(options.url, log.partitions)
  const ends = await Promise.all(Array.from({ length: log.partitions }, (_, partition) => log.end(partition)))
  const offsets = expected?.offsets ?? ends
  const started = performance.now()
  const { digest, records } = await replayLog(log, offsets)
  const seconds = (performance.now() - started) / 1000
  const audit = options.verifyDecisions === undefined ? undefined : await audited(log, store, options.verifyDecisions, terminal)
  return {
    digest,
    expected: expected?.digest ?? null,
    comparedWith: expected === null ? null : options.url === undefined ? 'checkpoint' : 'server',
    offsets,
    records,
    recordsPerSecond: Math.round(records / Math.max(seconds, 1e-3)),
    matches: expected === null || expected.digest === digest,
    ...(audit === undefined ? {} : { audit }),
  }
}

async function servedPosterior(url: string, partitions: number): Promise<StoredPosterior> {
  const learning = await createClient({ url }).learning()
  const offsets = Array.from({ length: partitions }, (_, partition) => learning.partitions.find((own) => own.partition === partition)?.applied ?? 0)
  return { offsets, digest: learning.digest }
}

async function audited(log: EventLog, store: Store, limit: number, terminal: Terminal): Promise<AuditReport> {
  const { auditDecisions } = await import('../../audit/audit-decisions.ts')
  const { catalogFrom } = await import('../data-folder.ts')
  let progress: ReturnType<typeof startProgress> | null = null
  const report = await auditDecisions({
    log,
    catalog: catalogFrom(store),
    limit,
    onProgress: (done, total) => (progress ??= startProgress('decisions verified', total, terminal)).update(done),
  })
  ;(progress as ReturnType<typeof startProgress> | null)?.stop()
  return report
}

function describe(report: ReplayReport, where: string): string[] {
  const { digest, expected, comparedWith, offsets, records, recordsPerSecond, matches, audit } = report
  const lines = [
    `log      ${where}, folded to ${offsets.map((offset, partition) => `${partition}:${offset}`).join(',')}: ${records} records, ${recordsPerSecond} a second`,
    `digest   ${digest}`,
  ]
  const what = comparedWith === 'server' ? 'served posterior' : 'stored checkpoint'
  if (expected === null) lines.push('no checkpoint is stored yet: nothing to compare with')
  else lines.push(matches ? `it is that of the ${what}` : `DIFFERS from the ${what}: ${expected}`)
  if (audit !== undefined) lines.push(...describeAudit(audit))
  return lines
}

function describeAudit({ decisions, verified, snapshots, mismatches, examples, byPlace, byProbability, alpha }: AuditReport): string[] {
  const test = (name: string, { statistic, degreesOfFreedom, p }: AuditReport['byPlace']) =>
    `  choices ${name}: χ² = ${statistic.toFixed(1)} with ${degreesOfFreedom} degrees of freedom, p = ${p.toPrecision(3)}${p < alpha ? `, BELOW α = ${alpha}` : ''}`
  return [
    `decisions ${verified} of ${decisions} recomputed at ${snapshots} snapshots: ${mismatches === 0 ? 'every bit agrees' : `${mismatches} DIFFER`}`,
    ...examples.map((example) => `  ${example}`),
    test('by place in the request', byPlace),
    test('by probability', byProbability),
  ]
}
