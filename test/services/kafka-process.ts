import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formattedData, javaArguments, kafkaJars } from './kafka-files.ts'
import { type KafkaPorts, LOG4J, LOG4J2, serverProperties } from './kafka-properties.ts'
import { killWithParent } from './kill-with-parent.ts'

/** A Kafka broker, a process of this machine, on the files of a folder. It does not outlive its parent. */
export class KafkaProcess {
  readonly #arguments: readonly string[]
  #child: ChildProcess | null = null

  private constructor(words: readonly string[]) {
    this.#arguments = words
  }

  /** Writes its configuration and, if the folder has none, an empty data folder. `mayFetch`: Maven may download what is missing. */
  static async prepare(version: string, mayFetch: boolean, folder: string, ports: KafkaPorts): Promise<KafkaProcess> {
    const jars = await kafkaJars(version, mayFetch)
    mkdirSync(folder, { recursive: true })
    const [properties, logConfig, data] = [join(folder, 'server.properties'), join(folder, 'log4j'), join(folder, 'data')]
    writeFileSync(properties, serverProperties({ ...ports, data }))
    writeFileSync(`${logConfig}.properties`, LOG4J)
    writeFileSync(`${logConfig}2.properties`, LOG4J2)
    if (!existsSync(data)) {
      const template = await formattedData(version, jars, properties, data, logConfig)
      cpSync(template, data, { recursive: true })
    }
    return new KafkaProcess([...javaArguments(jars, logConfig), 'kafka.Kafka', properties])
  }

  /** Starts it (again, on what the disk has); resolves when it says that it serves. */
  async start(): Promise<void> {
    const child = spawn('java', this.#arguments, { stdio: ['ignore', 'pipe', 'pipe'], detached: true })
    this.#child = child
    const watcher = killWithParent('kill -9 "$0"', String(child.pid))
    child.once('exit', () => watcher.dismiss())
    await serves(child)
  }

  /** SIGKILL: nothing is flushed, nobody is told. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL')
  }

  /** Lets it close its files; kills it when that takes too long. */
  async stop(patienceMs = 20_000): Promise<void> {
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), patienceMs)
    await this.#end('SIGTERM')
    clearTimeout(late)
  }

  /** Resolves when the process ends, for whatever reason. */
  async ended(): Promise<void> {
    if (this.#running) await once(this.#child!, 'exit')
  }

  get #running(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const ended = this.ended()
    if (this.#running) this.#child!.kill(signal)
    await ended
  }
}

function serves(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = ''
    const hear = (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-20_000)
      if (said.includes('Kafka Server started')) resolve()
    }
    child.stdout!.on('data', hear)
    child.stderr!.on('data', hear)
    child.once('error', reject)
    child.once('exit', () => reject(new Error(`the broker ended before it served:\n${said.slice(-3000)}`)))
  })
}
