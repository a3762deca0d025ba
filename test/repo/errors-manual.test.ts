import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { errorCodes } from '@forage/domain'
import { expect, it } from 'vitest'

const manual = readFileSync(join(import.meta.dirname, '../../docs/errors.md'), 'utf8')
const sections = [...manual.matchAll(/^## `([a-z_]+)`/gm)].map((match) => match[1]!)

it('documents every error code once, in the order of the register', () => {
  expect(sections).toEqual(Object.keys(errorCodes))
})

it.each(Object.entries(errorCodes))('says of %s what the register says', (code, { meaning }) => {
  const section = manual.slice(manual.indexOf(`## \`${code}\``)).split('\n## ')[0]!
  expect(section).toContain(meaning[0]!.toUpperCase() + meaning.slice(1))
})
