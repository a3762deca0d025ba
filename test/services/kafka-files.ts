import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** @throws Error that says what is missing, when it is the command */
async function run(command: string, words: readonly string[], timeout: number): Promise<void> {
  try {
    await promisify(execFile)(command, words, { timeout })
  } catch (error) {
    throw (error as { code?: unknown }).code === 'ENOENT' ? new Error(`no ${command} command`, { cause: error }) : error
  }
}

/** Kept between runs, outside the repository. */
export function cacheFolder(): string {
  return process.env['FORAGE_SERVICES_CACHE'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'forage-services')
}

/** Makes `folder` by `fill`, once, however many processes want it; a folder half made is never seen. */
async function once(folder: string, fill: (path: string) => Promise<void>): Promise<string> {
  if (existsSync(folder)) return folder
  mkdirSync(join(folder, '..'), { recursive: true })
  const path = mkdtempSync(`${folder}-`)
  try {
    await fill(path)
    if (!existsSync(folder)) renameSync(path, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error // another process was faster
  } finally {
    rmSync(path, { recursive: true, force: true })
  }
  return folder
}

/**
 * The folder with the jars of a Kafka version. Maven fetches them the first time, but only when `mayFetch`: a plain `npm test` downloads
 * nothing. Throws when they are not to be had: no Java, no Maven, no network, or not asked to.
 */
export async function kafkaJars(version: string, mayFetch: boolean): Promise<string> {
  await run('java', ['-version'], 20_000)
  const folder = join(cacheFolder(), `kafka-jars-${version}`)
  if (!mayFetch && !existsSync(folder)) throw new Error(`Kafka ${version} is not fetched yet: REQUIRE_SERVICES=kafka does it once, with Maven`)
  return once(folder, async (path) => {
    const pom = join(import.meta.dirname, 'kafka-broker/pom.xml')
    const profile = version.startsWith('3.') ? 'kafka3' : 'kafka4'
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${path}`]
    await run('mvn', ['-B', '-q', '-f', pom, `-P${profile}`, `-Dkafka.version=${version}`, ...goal], 300_000)
  })
}

/** JVM arguments of a Kafka program with little memory, logging to stdout. */
export function javaArguments(jars: string, logConfig: string): string[] {
  return [
    '-Xms64m', '-Xmx320m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData', '-Djava.awt.headless=true', '-Djava.net.preferIPv4Stack=true',
    `-Dlog4j2.configurationFile=${logConfig}2.properties`, `-Dlog4j.configuration=file:${logConfig}.properties`, '-cp', join(jars, '*'),
  ]
}

/** A formatted, empty data folder to copy: formatting costs the start of a JVM. `properties` is a server configuration. */
export async function formattedData(version: string, jars: string, properties: string, dataFolder: string, logConfig: string): Promise<string> {
  return once(join(cacheFolder(), `kafka-formatted-${version}`), async (path) => {
    await run('java', [...javaArguments(jars, logConfig), 'kafka.tools.StorageTool', 'format', '-t', 'Rm9yYWdlVGVzdENsdXN0ZQ', '-c', properties], 60_000)
    rmSync(path, { recursive: true })
    renameSync(dataFolder, path)
  })
}
