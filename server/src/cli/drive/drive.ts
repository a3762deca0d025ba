import { createClient, ForageApiError } from '@forage/client'
import { ForageError } from '@forage/domain'
import { loadDataSet } from '@forage/simulations'
import seedrandom from 'seedrandom'
import type { DriveOptions } from './drive-options.ts'
import { startProgress } from '../progress.ts'
import { printReport, writeDecisions, writeReport } from '../report.ts'
import { untilInterrupted } from '../interrupt.ts'
import type { Terminal } from '../terminal.ts'
import { driveRounds } from './drive-rounds.ts'
import { createHttpTransport } from './http-transport.ts'
import { placementFor, placementName } from './placement.ts'

/** A pause between two tries is 250 ms on average. */
const RETRIES_PER_SECOND = 4
/** A server that was just started may not listen yet; a wrong address should not take long to be noticed. */
const FIRST_PATIENCE_SECONDS = 15

/** `forage drive`: one policy over HTTP. */
export async function drive(options: DriveOptions, terminal: Terminal): Promise<void> {
  const { url, seed, policy } = options
  const dataSet = await loadDataSet(options.data, options.path, { bins: options.bins })
  const definition = placementFor(dataSet, options)
  const placement = options.placement ?? placementName(dataSet, seed, definition)
  const transport = url.startsWith('http:') ? createHttpTransport(options.concurrency) : null
  const common = { url, timeoutMs: 10_000, ...(transport === null ? {} : { fetch: transport.fetch }) }
  const patient = (seconds: number) => createClient({ ...common, retries: seconds * RETRIES_PER_SECOND, maxBackoffMs: 500, retryBudget: Infinity })
  const client = patient(options.patience)
  const { version } = await createClient(common).putPlacement(placement, definition).catch((error: unknown) => {
    if (!(error instanceof ForageApiError) || (error.status !== 0 && error.status !== 503)) throw error
    const seconds = Math.min(FIRST_PATIENCE_SECONDS, options.patience)
    terminal.note(`${url} does not answer yet: trying for ${seconds} s`)
    return patient(seconds).putPlacement(placement, definition)
  })
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
  } catch (error) {
    throw explained(error, url)
  } finally {
    progress.stop()
    interrupt.dispose()
    transport?.close()
  }
}

function explained(error: unknown, url: string): unknown {
  if (!(error instanceof ForageApiError) || error.code !== 'decision_conflict') return error
  return new ForageError('decision_conflict', `${url} has these decisions already, made for another placement: give another --seed, or a server with a fresh data folder`, {}, { cause: error })
}
