#!/usr/bin/env node
import { buildIfStale } from './build-if-stale.js'

const failure = buildIfStale()
if (failure !== null) {
  process.stderr.write(`${failure}\nforage: the build failed\n`)
  process.exit(1)
}
const { main } = await import('../dist/cli/main.js')
await main(process.argv)
