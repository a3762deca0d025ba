import cluster, { type Worker } from 'node:cluster'
import { AggregatorRegistry, type Registry } from 'prom-client'
import type { Exposition } from '../http/operation.ts'

type Message =
  | { readonly forage: 'metrics-of-all'; readonly id: number }
  | { readonly forage: 'metrics-please'; readonly id: string }
  | { readonly forage: 'metrics'; readonly id: string; readonly json: object[] }
  | { readonly forage: 'metrics-of-all-are'; readonly id: number; readonly text: string }

/** Workers that do not answer in this time are left out: one is starting, or stuck. */
const PATIENCE_MS = 1000

/** In a worker: whoever asks it for metrics gets those of all workers, added up by the primary process. */
export function metricsOfAll(own: Registry): Exposition {
  const waiting = new Map<number, (text: string) => void>()
  let questions = 0
  const tell = async (id: string) => void process.send?.({ forage: 'metrics', id, json: await own.getMetricsAsJSON() } satisfies Message)
  process.on('message', (message: Message) => {
    if (message.forage === 'metrics-please') void tell(message.id)
    if (message.forage === 'metrics-of-all-are') waiting.get(message.id)?.(message.text)
  })
  return {
    contentType: own.contentType,
    metrics: () =>
      new Promise((resolve) => {
        const id = questions++
        const finish = (text: string | Promise<string>) => {
          clearTimeout(late)
          waiting.delete(id)
          resolve(text)
        }
        const late = setTimeout(() => finish(own.metrics()), 2 * PATIENCE_MS) // the primary is gone
        waiting.set(id, finish)
        process.send?.({ forage: 'metrics-of-all', id } satisfies Message)
      }),
  }
}

/** In the primary process: collects and adds up what the workers count. */
export function answerForAll(workers: ReadonlySet<Worker>): void {
  const collecting = new Map<string, (json: object[]) => void>()
  let questions = 0
  const ask = async (worker: Worker): Promise<object[] | null> => {
    const id = String(questions++)
    let late: NodeJS.Timeout | undefined
    try {
      return await new Promise((resolve) => {
        late = setTimeout(resolve, PATIENCE_MS, null)
        collecting.set(id, resolve)
        worker.send({ forage: 'metrics-please', id } satisfies Message)
      })
    } finally {
      clearTimeout(late)
      collecting.delete(id)
    }
  }
  const answer = async (worker: Worker, id: number): Promise<void> => {
    const all = await Promise.all([...workers].filter((one) => one.isConnected()).map(ask))
    const text = await AggregatorRegistry.aggregate(all.filter((json) => json !== null)).metrics()
    if (worker.isConnected()) worker.send({ forage: 'metrics-of-all-are', id, text } satisfies Message)
  }
  cluster.on('message', (worker, message: Message) => {
    if (message.forage === 'metrics') collecting.get(message.id)?.(message.json)
    if (message.forage === 'metrics-of-all') void answer(worker, message.id)
  })
}
