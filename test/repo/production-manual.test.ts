import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { environmentVariables } from '@forage/server'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { read, root } from './deployment.ts'

describe('metrics', () => {
  const ofNode = new Registry()
  collectDefaultMetrics({ register: ofNode })
  const files = readdirSync(join(root, 'server/src'), { recursive: true, encoding: 'utf8' })
  const code = files.filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts')).map((path) => read(join('server/src', path))).join('\n')
  const exists = (name: string) => code.includes(`'${name}'`) || ofNode.getSingleMetric(name) !== undefined
  const isMetric = (word: string) => /^[a-z]+(_[a-z0-9]+)+$/.test(word)

  it('of the manual exist, and those of our own are in it', () => {
    const table = read('docs/production.md').split('## Metrics')[1]!
    const documented = [...table.matchAll(/^\|(.*?)\|/gm)].flatMap((row) => [...row[1]!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!))
    expect(documented.filter((name) => !exists(name))).toEqual([])
    const ours = [...code.matchAll(/(?:counter|gauge|PlainMetric)\(\s*'([a-z_]+)'/g)].map((match) => match[1]!)
    expect(ours.length).toBeGreaterThan(10)
    expect(ours.filter((name) => !documented.includes(name))).toEqual([])
    const labels = ['http_route', 'http_request_method', 'http_response_status_code']
    const words = [...read('docs/production.md').matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
    const prose = words.filter((word) => isMetric(word) && !labels.includes(word))
    expect(prose.filter((name) => !exists(name))).toEqual([])
  })

  it('of alerts exist', () => {
    interface Rule {
      alert: string
      expr: string
      labels: { severity: string }
      annotations: { summary: string }
    }
    const { groups } = parse(read('deploy/prometheus-rules.yaml')) as { groups: { rules: Rule[] }[] }
    const words = new Set(['histogram_quantile'])
    for (const { alert, expr, labels, annotations } of groups.flatMap(({ rules }) => rules)) {
      expect(['page', 'ticket'], alert).toContain(labels.severity)
      expect(annotations.summary, alert).not.toBe('')
      const bare = expr.replaceAll(/\{[^}]*\}/g, '')
      const names = [...bare.matchAll(/[a-z][a-z0-9_]*/g)].map((match) => match[0]).filter((word) => isMetric(word) && !words.has(word))
      expect(names.length, alert).toBeGreaterThan(0)
      expect(names.map((name) => name.replace(/_(count|bucket|sum)$/, '')).filter((name) => !exists(name)), alert).toEqual([])
    }
  })
})

it('names no variable that does not exist in the manual of production', () => {
  const named = [...read('docs/production.md').matchAll(/`(FORAGE_[A-Z_]+)/g)].map((match) => match[1]!)
  expect(named.filter((name) => environmentVariables[name] === undefined)).toEqual([])
})
