import { ForageError } from '@forage/domain'
import type { Checkpoint, CheckpointStore } from '@forage/store'

interface Saved {
  epoch: number
  /** Who acquired that epoch, and how often they have saved. */
  owner: object | null
  saves: number
  offset: number
  replayFrom: number
  suspect: boolean
  fields: Map<string, Uint8Array>
  entries: Map<string, Uint8Array>
}

interface Writer {
  readonly owner: object
  confirmed: number
}

const nothing = (): Saved => ({ epoch: 0, owner: null, saves: 0, offset: -1, replayFrom: 0, suspect: false, fields: new Map(), entries: new Map() })
const copyOf = (saved: Saved): Saved => ({ ...saved, fields: new Map(saved.fields), entries: new Map(saved.entries) })

/** Checkpoints of one fold, shared by many clients, that can be put back to what they were, and damaged. */
export class RegressingStore {
  #partitions = new Map<number, Saved>()

  /** All there is now, to go back to later. */
  remember(): () => void {
    const then = new Map([...this.#partitions].map(([partition, saved]) => [partition, copyOf(saved)]))
    return () => {
      this.#partitions = new Map([...then].map(([partition, saved]) => [partition, copyOf(saved)]))
    }
  }

  /** Spoils a field, if there is one. */
  damage(partition: number): void {
    const { fields } = this.#at(partition)
    for (const name of [...fields.keys()].slice(0, 1)) fields.set(name, Uint8Array.of(1))
  }

  /** What a reader does who verifies what it reads. */
  report(): boolean {
    const damaged = [...this.#partitions.values()].filter(({ fields }) => [...fields.values()].some(({ length }) => length !== 8))
    for (const saved of damaged) saved.suspect = true
    return damaged.length > 0
  }

  /** One process's connection. @param vigilant notices that the store went back, by who saved last and how often; else it knows epochs only */
  client(vigilant = true): CheckpointStore {
    const writers = new Map<string, Writer>()
    const lost = (partition: number, epoch: number): 'owned' | 'taken' | 'regressed' => {
      const [saved, writer] = [this.#at(partition), writers.get(`${partition} ${epoch}`)!]
      if (!vigilant) return saved.epoch === epoch ? 'owned' : 'taken'
      if (saved.epoch > epoch || (saved.epoch === epoch && saved.owner !== writer.owner)) return 'taken'
      return saved.epoch < epoch || saved.saves < writer.confirmed ? 'regressed' : 'owned'
    }
    const guard = (partition: number, epoch: number, offset: number) => {
      const standing = lost(partition, epoch)
      const backwards = offset < this.#at(partition).offset
      if (standing !== 'owned' || backwards) throw new ForageError('fenced', standing, { partition, epoch, backwards, regressed: standing === 'regressed' })
    }
    return {
      acquire: async (_, partition) => {
        const saved = this.#at(partition)
        Object.assign(saved, { epoch: saved.epoch + 1, owner: {}, saves: 0, suspect: false })
        writers.set(`${partition} ${saved.epoch}`, { owner: saved.owner!, confirmed: 0 })
        return saved.epoch
      },
      load: async (_, partition): Promise<Checkpoint | null> => {
        const { offset, replayFrom, epoch, fields } = this.#at(partition)
        return offset < 0 ? null : { offset, replayFrom, epoch, fields: new Map(fields) }
      },
      save: async (_, partition, { epoch, offset, replayFrom, fields, entries }) => {
        guard(partition, epoch, offset)
        const saved = this.#at(partition)
        for (const [name, bytes] of fields) set(saved.fields, name, bytes)
        for (const [key, bytes] of entries) set(saved.entries, key, bytes)
        Object.assign(saved, { offset, replayFrom })
        writers.get(`${partition} ${epoch}`)!.confirmed = saved.saves += 1
      },
      entries: async (_, partition, keys) => {
        const { entries } = this.#at(partition)
        return new Map(keys.flatMap((key) => (entries.has(key) ? [[key, entries.get(key)!]] : [])))
      },
      discard: async (_, partition, epoch) => {
        guard(partition, epoch, Infinity)
        const { owner, saves } = this.#at(partition)
        this.#partitions.set(partition, { ...nothing(), epoch, owner, saves })
      },
      standing: async (_, partition, epoch) => {
        const standing = lost(partition, epoch)
        return standing === 'owned' && this.#at(partition).suspect ? 'suspect' : standing
      },
    }
  }

  #at(partition: number): Saved {
    const known = this.#partitions.get(partition) ?? nothing()
    this.#partitions.set(partition, known)
    return known
  }
}

function set(into: Map<string, Uint8Array>, name: string, bytes: Uint8Array | null): void {
  if (bytes === null) into.delete(name)
  else into.set(name, new Uint8Array(bytes))
}
