import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import { killWithParent } from './kill-with-parent.ts'

const run = promisify(execFile)

export const REDIS_IMAGE = 'redis:7-alpine'
export const kafkaImage = (version: string) => `apache/kafka:${version}`

/**
 * Why this image cannot run here; null when it can. Images are pulled only when `mayFetch`: a plain `npm test` downloads nothing.
 * Docker is used through its command: testcontainers 12 needs Node 22.22, and we support 20.19.
 */
export function dockerLacks(image: string, mayFetch: boolean): string | null {
  const daemon = spawnSync('docker', ['info', '--format', '{{.ServerVersion}}'], { timeout: 10_000, encoding: 'utf8' })
  if (daemon.error !== undefined) return 'no docker command'
  if (daemon.status !== 0) return 'no Docker daemon answers'
  if (mayFetch || spawnSync('docker', ['image', 'inspect', image], { timeout: 10_000, stdio: 'ignore' }).status === 0) return null
  return `the image ${image} is not pulled yet`
}

export interface Container {
  stop(): Promise<void>
}

export interface ContainerOptions {
  /** Of this machine, on the loopback → of the container. */
  readonly ports: ReadonlyMap<number, number>
  readonly environment?: Readonly<Record<string, string>>
  /** Docker's name of it, and where it appears. */
  readonly volume?: readonly [string, string]
  readonly command?: readonly string[]
}

/** Starts a container that goes away with this process. */
export async function startContainer(image: string, { ports, environment = {}, volume, command = [] }: ContainerOptions): Promise<Container> {
  const name = `forage-${randomUUID()}`
  const published = [...ports].flatMap(([here, there]) => ['-p', `127.0.0.1:${here}:${there}`])
  const variables = Object.entries(environment).flatMap(([key, value]) => ['-e', `${key}=${value}`])
  const folders = volume === undefined ? [] : ['-v', volume.join(':')]
  const watcher = killWithParent('docker rm -f "$0"', name)
  try {
    await run('docker', ['run', '-d', '--rm', '--name', name, ...published, ...variables, ...folders, image, ...command], { timeout: 300_000 })
  } catch (error) {
    watcher.dismiss()
    throw error
  }
  return {
    async stop() {
      await run('docker', ['stop', '-t', '10', name], { timeout: 30_000 }).catch(() => run('docker', ['rm', '-f', name]).catch(() => {})) // gone already
      watcher.dismiss()
    },
  }
}
