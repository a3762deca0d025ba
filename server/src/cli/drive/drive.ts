import { createClient } from '@forage/client'
import { loadDataSet } from '@forage/simulations'
import seedrandom from 'seedrandom'
import type { DriveOptions } from '../commands/drive.ts'
import { startProgress } from '../progress.ts'
import { printReport, writeDecisions, writeReport } from '../report.ts'
import { untilInterrupted } from '../interrupt.ts'
import type { Terminal } from '../terminal.ts'
import { driveRounds } from './drive-rounds.ts'
import { createHttpTransport } from './http-transport.ts'
import { placementFor, placementName } from './placement.ts'

/** A pause between two tries is 250 ms on average. */
const RETRIES_PER_SECOND = 4

/** `forage drive`: one policy over HTTP. */
export async function drive(options: DriveOptions, terminal: Terminal): Promise<void> {
  const { url, seed, policy } = options
  const dataSet = await loadDataSet(options.data, options.path, { bins: options.bins })
  const definition = placementFor(dataSet, options)
  const placement = options.placement ?? placementName(dataSet, seed, definition)
  const transport = url.startsWith('http:') ? createHttpTransport(options.concurrency) : null
  const common = { url, timeoutMs: 10_000, ...(transport === null ? {} : { fetch: transport.fetch }) }
  const { version } = await createClient(common).putPlacement(placement, definition)
  const client = createClient({ ...common, retries: options.patience * RETRIES_PER_SECOND, maxBackoffMs: 500, retryBudget: Infinity })
  terminal.note(`${policy.text} on ${dataSet.name}, seed ${seed}, as placement ${placement} (version ${version}) of ${url}`)

  const interrupt = untilInterrupted()
  const progress = startProgress('rounds', options.rounds, terminal)
  const started = performance.now()
  try {
    const { tally, decisions, unlogged } = await driveRounds({
      client,
      dataSet,
      placement,
      seed,
      rounds: options.rounds,
      concurrency: options.concurrency,
      waitLearned: options.waitLearned === true,
      feedbackRepeat: options.feedbackRepeat ?? [1, 1],
      shuffle: options.shuffle === true,
      random: seedrandom(`drive-${seed}`),
      onProgress: (done) => progress.update(done),
      signal: interrupt.signal,
    })
    progress.stop()
    if (unlogged > 0) terminal.note(`${unlogged} decisions were not logged by the server: it does not learn from them`)
    const runs = tally.rounds === 0 ? [] : [tally.result(policy.text, seed, (performance.now() - started) / 1000)]
    printReport(runs, terminal)
    if (options.json !== undefined) writeReport(options.json, runs)
    if (options.decisions !== undefined) writeDecisions(options.decisions, [decisions])
  } finally {
    progress.stop()
    interrupt.dispose()
    transport?.close()
  }
}
