import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { RunReport } from '@forage/contracts'
import type { Option } from 'commander'
import { describe, expect, it } from 'vitest'
import { createProgram } from './program.ts'

const manual = readFileSync(join(import.meta.dirname, '../../../docs/cli.md'), 'utf8')
const section = (title: string) => manual.split(/^## /m).find((part) => part.startsWith(title)) ?? ''
const program = createProgram({ out: () => {}, note: () => {}, interactive: false }, '0.0.0')

function documented(option: Option): string {
  const facts = [
    option.argChoices === undefined ? '' : `choices: ${option.argChoices.join(', ')}`,
    option.mandatory ? 'required' : '',
    option.defaultValue === undefined ? '' : `default: ${String(option.defaultValue)}`,
  ].filter((fact) => fact !== '')
  return `| \`${option.flags}\` | ${option.description}${facts.length === 0 ? '' : ` (${facts.join('; ')})`} |`
}

describe('docs/cli.md', () => {
  it.each(program.commands.map((command) => [command.name(), command] as const))('lists every option of %s, and no other', (name, command) => {
    const rows = section(`\`forage ${name}\``).split('\n').filter((line) => line.startsWith('| `--'))
    expect(rows).toEqual(command.options.map(documented))
  })

  it('has a section for every command', () => {
    const titles = [...manual.matchAll(/^## `forage ([a-z]+)`/gm)].map((match) => match[1])
    expect(titles).toEqual(program.commands.map((command) => command.name()))
  })

  it('shows a report that is one', () => {
    const example = /```json\n([^`]*)```/.exec(section('The report'))![1]!
    expect(RunReport.parse(JSON.parse(example)).runs).toHaveLength(1)
  })
})
