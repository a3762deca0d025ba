import { expect, it } from 'vitest'
import { readableLog } from './server-log.ts'

it('says a record in one line of words', () => {
  const lines: string[] = []
  const log = readableLog('warn', (line) => lines.push(line))
  log.info('not shown')
  log.warn({ method: 'PUT', ms: 364 }, 'slow request')
  log.error({ err: new Error('disk full') }, 'the log does not take decisions')
  expect(lines.map((line) => line.replace(/^\d\d:\d\d:\d\d /, ''))).toEqual(['warn  slow request  method=PUT ms=364', 'error the log does not take decisions: disk full'])
})
