import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readConfig } from '@forage/server'

export const root = join(import.meta.dirname, '../..')
export const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** How long a server with this environment may take to stop: it drains, finishes, and is cut 5 s later. */
export function stopSeconds(environment: Readonly<Record<string, string>>): number {
  const { drainMs, shutdownMs } = readConfig(environment)
  return (drainMs + shutdownMs) / 1000 + 5
}

export const clusterIdBytes = (id: string): number => Buffer.from(id, 'base64url').length

export const forageCommands = (): string[] => [...read('docs/cli.md').matchAll(/^## `forage ([a-z]+)`/gm)].map((match) => match[1]!)
