import { dataSetNames as loadable } from '@forage/simulations'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { failureOf } from './failures.ts'
import { dataSetNames } from './options.ts'
import { createProgram } from './program.ts'

/** Runs a command line that must not reach any action, and gives what the user sees. */
async function run(...args: string[]): Promise<{ exitCode: number; out: string; note: string }> {
  const seen = { out: '', note: '' }
  const terminal = { out: (text: string) => void (seen.out += text), note: (text: string) => void (seen.note += text), interactive: false }
  try {
    await createProgram(terminal, '1.2.3').parseAsync(['node', 'forage', ...args])
  } catch (error) {
    return { ...seen, exitCode: failureOf(error, false).exitCode }
  }
  return { ...seen, exitCode: -1 }
}

const drive = ['drive', '--data', 'statlog', '--path', 'x', '--url', 'http://localhost:1']

describe('the command line', () => {
  it('helps, and says which version it is', async () => {
    expect(await run('--help')).toMatchObject({ exitCode: 0, out: expect.stringContaining('replay') })
    expect(await run('drive', '--help')).toMatchObject({ exitCode: 0, out: expect.stringContaining('--wait-learned') })
    expect(await run('--version')).toMatchObject({ exitCode: 0, out: '1.2.3' })
  })

  it.each([
    [['sever'], "unknown command 'sever'"],
    [['serve', '--port', 'http'], 'It must be a whole number from 0 to 65535.'],
    [['serve', '--prot', '1'], "unknown option '--prot'"],
    [['apply'], "missing required argument 'file'"],
    [['apply', 'f', '--url', 'localhost'], 'It must be an address such as http://127.0.0.1:8080.'],
    [['apply', 'f', '--url', 'http://a', '--data', 'd'], "option '--url <url>' cannot be used with option '--data <dir>'"],
    [['replay', '--verify-decisions', '0'], 'It must be a whole number from 1, or "all".'],
    [['simulate'], "required option '--data <name>' not specified"],
    [['simulate', '--data', 'iris'], 'Allowed choices are mushroom, statlog, covertype.'],
    [['simulate', '--data', 'statlog', '--path', 'x', '--policy', 'magic'], 'magic'],
    [[...drive, '--policy', 'lin-ucb:alfa=1'], 'alfa'],
    [[...drive, '--policy', 'uniform', '--feedback-repeat', '5-1'], 'It must look like 1-5'],
    [[...drive, '--policy', 'uniform', '--floor', '2'], 'It must be a number from 0 to 1.'],
    [[...drive, '--policy', 'uniform', '--wait-learned', '--concurrency', '4'], "'--wait-learned' needs '--concurrency 1'"],
  ])('%j is a usage error that says %j', async (args, message) => {
    const { exitCode, note } = await run(...args)
    expect(note).toContain(message)
    expect(exitCode).toBe(2)
  })

  it('knows the data sets there are', () => {
    expect([...dataSetNames]).toEqual(loadable)
  })
})

describe('a failure', () => {
  const error = Object.assign(new Error('the log is gone'), { code: 'log_unavailable' })

  it('says what happened and its code, without a stack trace', () => {
    expect(failureOf(error, false)).toEqual({ exitCode: 1, message: 'forage: the log is gone (log_unavailable)' })
    expect(failureOf(error, true).message).toContain('program.test.ts')
  })

  it('was told already when the command line was at fault', () => {
    expect(failureOf(new CommanderError(1, 'x', 'y'), false)).toEqual({ exitCode: 2, message: null })
    expect(failureOf(new CommanderError(0, 'commander.help', ''), false)).toEqual({ exitCode: 0, message: null })
  })
})
