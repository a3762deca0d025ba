#!/usr/bin/env node
// The `forage` command. From a checkout it builds first when the sources are newer than what was built.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const server = join(dirname(fileURLToPath(import.meta.url)), '..')
const root = join(server, '..')
const stamp = join(server, 'dist/.built')

const changedAt = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0

function newest(folder) {
  let latest = 0
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) latest = Math.max(latest, newest(path))
    else if (/\.m?ts$/.test(entry.name) && !/\.(test|generated)\.ts$/.test(entry.name)) latest = Math.max(latest, changedAt(path))
  }
  return latest
}

function isStale() {
  if (!existsSync(join(server, 'src'))) return false // installed without sources
  if (!existsSync(join(server, 'dist/cli/main.js'))) return true
  const rooms = [server, join(root, 'simulations'), ...readdirSync(join(root, 'packages')).map((name) => join(root, 'packages', name))]
  const built = changedAt(stamp)
  return rooms.some((room) => {
    const since = Math.max(built, changedAt(join(room, 'dist/tsconfig.tsbuildinfo')))
    return ['src', 'assembly'].some((part) => existsSync(join(room, part)) && newest(join(room, part)) > since)
  })
}

if (isStale()) {
  process.stderr.write('forage: building (npm run build) …\n')
  const build = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, encoding: 'utf8', shell: process.platform === 'win32' })
  if (build.status !== 0) {
    process.stderr.write(`${build.stdout ?? ''}${build.stderr ?? ''}${build.error?.message ?? ''}\nforage: the build failed\n`)
    process.exit(1)
  }
  writeFileSync(stamp, '')
}

const { main } = await import('../dist/cli/main.js')
await main(process.argv)
