/** What tests here use of the harness in `test/services`, which is a project of its own. */
export interface KafkaService {
  readonly what: string
  readonly brokers: readonly string[]
  readonly own: null | { readonly sasl: string; readonly proxied: { readonly to: number; readonly advertised: number }; kill(): Promise<void>; restart(): Promise<void> }
  stop(): Promise<void>
}

export interface FaultProxy {
  readonly connections: number
  readonly struck: number
  cut(): void
  cutInsteadOfAnswer(times: number, accepts?: (request: Buffer) => boolean): void
  cutInsideAnswer(times: number, accepts?: (request: Buffer) => boolean): void
  hold(held: boolean): void
  close(): Promise<void>
}

const services = new URL('../../../../test/services/', import.meta.url)

/** A real broker; null, loudly, where there is none. */
export async function startKafka(forWhat: string): Promise<KafkaService | null> {
  const harness = (await import(new URL('kafka.ts', services).href)) as { startKafka(forWhat: string): Promise<KafkaService | null> }
  return harness.startKafka(forWhat)
}

export async function faultProxy(options: { port: number; to: number }): Promise<FaultProxy> {
  const harness = (await import(new URL('fault-proxy.ts', services).href)) as { faultProxy(options: { port: number; to: number }): Promise<FaultProxy> }
  return harness.faultProxy(options)
}
