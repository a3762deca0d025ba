import { randomUUID } from 'node:crypto'
import { ForageError } from '@forage/domain'
import { checkWrite } from '../fencing.ts'
import type { Checkpoint, CheckpointChanges, CheckpointStore, CheckpointWrite, Standing } from '../store.ts'
import { acquireScript, discardScript, saveScript, stageScript, suspectScript } from './checkpoint-scripts.ts'
import { type RedisClient, type Reply, bytesOf, listOf, textOf } from './client.ts'
import type { RedisKeys } from './keys.ts'
import { loadCheckpoint } from './load-checkpoint.ts'
import { operationsOf } from './operations.ts'
import { readChanges } from './read-changes.ts'
import { watchCheckpoints } from './watch-checkpoints.ts'
import { type Writer, Writers } from './writers.ts'

const MOST_ATTEMPTS = 50
/** Parts of a save that never came are forgotten. */
const STAGED_MS = 600_000
const ENTRIES_AT_ONCE = 500

/**
 * Checkpoints in Redis. Every save names what the writer believes is stored, so it notices when Redis went back in time (a failover
 * that lost writes, an old backup): `fenced` with `details.regressed`, and the owner must acquire, load and replay.
 */
export class RedisCheckpoints implements CheckpointStore {
  readonly #client: RedisClient
  readonly #keys: RedisKeys
  readonly #pollMs: number
  readonly #writers = new Writers()
  readonly #watches = new Set<() => void>()

  constructor(client: RedisClient, keys: RedisKeys, pollMs: number) {
    this.#client = client
    this.#keys = keys
    this.#pollMs = pollMs
  }

  async acquire(fold: string, partition: number): Promise<number> {
    const { state } = this.#keys.checkpoint(fold, partition)
    const owner = randomUUID()
    let expected = textOf(await this.#client.call('HGET', state, 'epoch')) ?? '0'
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const [outcome, found, token, offset] = listOf(await this.#client.run(acquireScript, [state], [expected, owner])).map(textOf)
      const epoch = numberOf(found, fold, partition)
      if (outcome === 'done') {
        this.#writers.took(state, epoch, owner, token ?? '', Number(offset)) // one that cannot be read must not keep its owner from discarding it
        return epoch
      }
      expected = String(epoch)
    }
    throw new ForageError('store_unavailable', `partition ${partition} of ${fold} changed hands ${MOST_ATTEMPTS} times while it was being acquired`, { fold, partition })
  }

  async load(fold: string, partition: number): Promise<Checkpoint | null> {
    const loaded = await loadCheckpoint(this.#client, this.#keys.checkpoint(fold, partition).state, { fold, partition })
    if (loaded === null) return null
    const { offset, replayFrom, epoch, fields } = loaded
    return { offset, replayFrom, epoch, fields }
  }

  changesSince(fold: string, partition: number, revision: string | null): Promise<CheckpointChanges | null> {
    return readChanges(this.#client, this.#keys.checkpoint(fold, partition), { fold, partition }, revision)
  }

  async suspect(fold: string, partition: number): Promise<void> {
    await this.#client.run(suspectScript, [this.#keys.checkpoint(fold, partition).state], [])
  }

  async standing(fold: string, partition: number, epoch: number): Promise<Standing> {
    const { state } = this.#keys.checkpoint(fold, partition)
    const writer = this.#writers.of(state, epoch)
    const confirmed = writer?.confirmed ?? 0
    const known = writer?.known ?? ''
    const [found, owner, token, suspect] = listOf(await this.#client.call('HMGET', state, 'epoch', 'owner', 'token', 'suspect')).map(textOf)
    const now = numberOf(found ?? '0', fold, partition)
    if (now > epoch || writer === undefined || (now === epoch && owner !== writer.owner)) return 'taken'
    if (now < epoch || !isOwn(token ?? '', writer.owner, known, confirmed)) return 'regressed'
    return suspect === null ? 'owned' : 'suspect'
  }

  async save(fold: string, partition: number, write: CheckpointWrite): Promise<void> {
    checkWrite(fold, partition, write)
    const { state, entries, changed, recent, staged } = this.#keys.checkpoint(fold, partition)
    const attempt = this.#writers.attempt(state, write.epoch)
    const parts = operationsOf(write)
    const inline = parts.length === 1 ? parts[0]! : []
    const stages = parts.length === 1 ? [] : parts.map((_, index) => staged(`${attempt.owner}:${index}`))
    for (const [index, key] of stages.entries()) await this.#client.run(stageScript, [key], [STAGED_MS, attempt.token, ...parts[index]!])
    const values = [...attempt.guard, write.offset, write.replayFrom, this.#keys.channel(fold), `${partition} ${attempt.token}`]
    const refused = refusedBy(await this.#client.run(saveScript, [state, entries, changed, recent, ...stages], [...values, ...inline]))
    if (refused !== null) throw refusal(fold, partition, write, attempt.writer, refused)
    attempt.confirm(write.offset)
  }

  async entries(fold: string, partition: number, keys: readonly string[]): Promise<Map<string, Uint8Array>> {
    const found = new Map<string, Uint8Array>()
    for (let at = 0; at < keys.length; at += ENTRIES_AT_ONCE) {
      const some = keys.slice(at, at + ENTRIES_AT_ONCE)
      const values = listOf(await this.#client.call('HMGET', this.#keys.checkpoint(fold, partition).entries, ...some))
      for (const [index, key] of some.entries()) {
        const value = values[index]
        if (Buffer.isBuffer(value)) found.set(key, bytesOf(value))
      }
    }
    return found
  }

  async discard(fold: string, partition: number, epoch: number): Promise<void> {
    const { state, entries, changed, recent } = this.#keys.checkpoint(fold, partition)
    const attempt = this.#writers.attempt(state, epoch)
    const refused = refusedBy(await this.#client.run(discardScript, [state, entries, changed, recent], attempt.guard))
    if (refused !== null) throw refusal(fold, partition, { epoch }, attempt.writer, refused)
    attempt.confirm(-1)
  }

  watch(fold: string, partitions: readonly number[], listener: (partition: number) => void): () => void {
    const end = watchCheckpoints(this.#client, this.#keys, this.#pollMs, { fold, partitions, listener })
    this.#watches.add(end)
    return () => {
      this.#watches.delete(end)
      end()
    }
  }

  close(): void {
    for (const end of this.#watches) end()
    this.#watches.clear()
  }
}

type Tried = Pick<CheckpointWrite, 'epoch'> & Partial<Pick<CheckpointWrite, 'offset'>>

interface Refused {
  readonly outcome: string | null | undefined
  readonly epoch: number
  readonly offset: number
}

function refusedBy(reply: Reply): Refused | null {
  const [outcome, epoch, offset] = listOf(reply).map(textOf)
  return outcome === 'done' || outcome === 'repeated' ? null : { outcome, epoch: Number(epoch), offset: Number(offset) }
}

function refusal(fold: string, partition: number, write: Tried, writer: Writer | undefined, { outcome, epoch, offset }: Refused): ForageError {
  const where = `partition ${partition} of ${fold}`
  if (outcome === 'unstaged') return new ForageError('store_unavailable', `${where}: Redis lost a part of this save before the save`, { fold, partition })
  const details = { fold, partition, epoch: write.epoch, owner: epoch, offset: write.offset, saved: offset }
  // epochs only grow and a writer's saves only follow each other: anything else is a store that lost what it had confirmed
  if (epoch < write.epoch || outcome === 'unknown')
    return new ForageError('fenced', `${where}: Redis went back in time, from ${writer?.offset ?? 'unknown'} to ${offset}; load and replay`, { ...details, regressed: true })
  if (outcome === 'backwards') return new ForageError('fenced', `${where} is saved up to ${offset}, ${write.offset} would go backwards`, details)
  return new ForageError('fenced', `${where} belongs to epoch ${epoch}, not ${write.epoch}`, details)
}

/** The newest confirmed save, or a later one whose answer has not come (yet). */
function isOwn(token: string, owner: string, known: string, confirmed: number): boolean {
  return token === known || (token.startsWith(`${owner}:`) && Number(token.slice(owner.length + 1)) > confirmed)
}

function numberOf(text: string | null | undefined, fold: string, partition: number): number {
  const value = Number(text ?? Number.NaN)
  if (!Number.isSafeInteger(value)) throw new ForageError('corrupt_state', `the checkpoint of ${fold}, partition ${partition}, cannot be read`, { fold, partition })
  return value
}
