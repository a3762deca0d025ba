import { groupBy, kafkaFault, type Fetched, type KafkaClient } from './client.ts'

const WAIT_MS = 250
/** Between two answers with news: what arrives meanwhile shares the next one. */
const PAUSE_MS = 5
const FETCH_BYTES = 128 << 10
const FIRST_RETRY_MS = 100
const LONGEST_RETRY_MS = 2000

/**
 * Waits for news of the partitions somebody is interested in: one long poll for each leader. It fetches a little of what is new and then
 * goes to the end, so readers who are behind cost it nothing, and readers who keep up find the records fetched.
 */
export class Tail {
  readonly #client: KafkaClient
  readonly #onNews: (fetched: Fetched, from: number) => void
  readonly #positions = new Map<number, number>()
  readonly #loops = new Map<number, Promise<void>>()
  readonly #stopped = new AbortController()

  constructor(client: KafkaClient, onNews: (fetched: Fetched, from: number) => void) {
    this.#client = client
    this.#onNews = onNews
  }

  /** Tells of records from offset `from` on. */
  watch(partition: number, from: number): void {
    if (this.#positions.has(partition)) return
    this.#positions.set(partition, from)
    queueMicrotask(() => this.#spread()) // who else subscribes now shares the first poll
  }

  unwatch(partition: number): void {
    this.#positions.delete(partition)
  }

  /** Polls under way are cut off when the client is closed. */
  async close(): Promise<void> {
    this.#stopped.abort()
    this.#positions.clear()
    await this.#client.close()
    await Promise.all(this.#loops.values())
  }

  #spread(): void {
    for (const leader of groupBy([...this.#positions.keys()], (partition) => this.#client.leaderOf(partition)).keys())
      if (!this.#loops.has(leader) && !this.#stopped.signal.aborted) this.#loops.set(leader, this.#follow(leader))
  }

  async #follow(leader: number): Promise<void> {
    for (let retry = FIRST_RETRY_MS; !this.#stopped.signal.aborted; ) {
      const wanted = [...this.#positions].filter(([partition]) => this.#client.leaderOf(partition) === leader).map(([partition, offset]) => ({ partition, offset }))
      if (wanted.length === 0) break
      try {
        await this.#client.connect()
        const from = new Map(wanted.map(({ partition, offset }) => [partition, offset]))
        const news = (await this.#client.fetch(leader, wanted, { waitMs: WAIT_MS, maxBytes: FETCH_BYTES })).filter(({ partition, end }) => end > from.get(partition)!)
        for (const fetched of news) {
          if (!this.#positions.has(fetched.partition)) continue
          this.#positions.set(fetched.partition, fetched.end)
          this.#onNews(fetched, from.get(fetched.partition)!)
        }
        retry = FIRST_RETRY_MS
        if (news.length > 0) await this.#pause(PAUSE_MS)
      } catch (error) {
        if (this.#stopped.signal.aborted) break
        await this.#pause(leader < 0 ? 0 : retry)
        retry = Math.min(2 * retry, LONGEST_RETRY_MS)
        await this.#client.refresh().catch(() => {})
        if (kafkaFault(error) === 'OFFSET_OUT_OF_RANGE') await this.#startAnew(wanted.map(({ partition }) => partition))
        this.#spread()
      }
    }
    this.#loops.delete(leader)
    if (!this.#stopped.signal.aborted) this.#spread()
  }

  /** The log was cut at either end; who reads will notice. */
  async #startAnew(partitions: readonly number[]): Promise<void> {
    const ends = await this.#client.listOffsets(partitions, -1).catch(() => new Map<number, number>())
    for (const [partition, end] of ends) {
      if (!this.#positions.has(partition)) continue
      this.#positions.set(partition, end)
      this.#onNews({ partition, records: [], next: end, end }, end)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#stopped.signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, ms)
      this.#stopped.signal.addEventListener('abort', done)
    })
  }
}
