import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createClient } from '@forage/client'
import { afterAll, expect, it } from 'vitest'

const folder = mkdtempSync(join(tmpdir(), 'forage-cli-'))
const data = join(folder, 'data')
const yaml = join(folder, 'forage.yaml')
const children: ChildProcess[] = []
afterAll(() => {
  for (const child of children) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})
writeFileSync(yaml, 'placements:\n  home: { policy: { name: lin-ucb }, reward: { expression: click } }\ncatalogs:\n  home: [{ id: a }, { id: b }]\n')

/** The command from its sources, in a process of its own. */
function forage(...args: string[]) {
  const run = `import { main } from ${JSON.stringify(join(import.meta.dirname, 'main.ts'))}; await main(['node', 'forage', ...process.argv.slice(1)])`
  const child = spawn(process.execPath, ['--conditions=source', '--import', 'tsx', '--input-type=module', '-e', run, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LOG_LEVEL: 'silent' },
  })
  children.push(child)
  const seen = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => (seen.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (seen.err += chunk.toString()))
  const ended = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number | null, ...seen }))
  return { child, seen, ended }
}

async function serving() {
  const { child, seen, ended } = forage('serve', '--port', '0', '--data', data, '--config', yaml)
  while (!/listens on (\S+)[^]*Ctrl-C/.test(seen.err)) await Promise.race([once(child.stderr!, 'data'), ended.then(() => expect.fail(seen.err))])
  return { child, ended, client: createClient({ url: /listens on (\S+)/.exec(seen.err)![1]! }) }
}

async function decide(client: ReturnType<typeof createClient>, count: number): Promise<string> {
  let position = ''
  for (let index = 0; index < count; index++) {
    const { decisionId } = await client.recommend({ placement: 'home', context: { hour: index % 24 } })
    position = (await client.feedback({ decisionId, event: 'click', final: true })).position!
  }
  return position
}

it('serves, is killed, goes on, stops; replay agrees with what is served and what is stored', { timeout: 120_000 }, async () => {
  const first = await serving()
  await first.client.waitLearned(await decide(first.client, 20))
  first.child.kill('SIGKILL')
  await first.ended

  const second = await serving()
  await second.client.waitLearned(await decide(second.client, 10))
  const { digest, counters } = await second.client.learning()
  expect(counters['matured']).toBe(30)
  const live = await forage('replay', '--data', data, '--url', second.client.url, '--verify-decisions', 'all', '--json').ended
  expect([live.exitCode, JSON.parse(live.out)]).toMatchObject([0, { digest, matches: true, comparedWith: 'server', audit: { verified: 30, mismatches: 0 } }])
  const applied = await forage('apply', yaml, '--url', second.client.url).ended
  expect(applied.out).toMatch(/placement\s+home\s+unchanged\s+1\ncatalog\s+home\s+unchanged\s+1/)
  second.child.kill('SIGTERM')
  const stopped = await second.ended
  expect([stopped.exitCode, stopped.out]).toEqual([0, '']) // without a terminal only logs go to stdout, and these are silent
  expect(stopped.err).toContain('stopped; the same command goes on from here')

  const after = await forage('replay', '--data', data).ended
  expect([after.exitCode, after.out]).toEqual([0, expect.stringContaining(`digest   ${digest}\nit is that of the stored checkpoint`)])
})

it('exits with 1 and one line when it fails', { timeout: 60_000 }, async () => {
  const missing = await forage('replay', '--data', join(folder, 'none')).ended
  expect([missing.exitCode, missing.out, missing.err]).toEqual([1, '', `forage: ${join(folder, 'none')} is no data folder: it holds no log (not_found)\n`])
})

it('starts through the file that npm links', () => {
  const shim = readFileSync(join(import.meta.dirname, '../../bin/forage.js'), 'utf8')
  expect(shim.split('\n')[0]).toBe('#!/usr/bin/env node')
  expect(shim).toContain("import('../dist/cli/main.js')")
})
