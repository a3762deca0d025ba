import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { environmentVariables } from '@forage/server'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { clusterIdBytes, forageCommands, read, root, stopSeconds } from './deployment.ts'

describe('compose.yaml', () => {
  interface Service {
    image: string
    build?: string
    command?: string[]
    environment?: Record<string, string>
    volumes?: string[]
    depends_on?: Record<string, { condition: string }>
    healthcheck?: object
    ports?: string[]
    stop_grace_period?: string
  }
  const compose = parse(read('compose.yaml'), { merge: true }) as { services: Record<string, Service>; volumes: Record<string, null> }
  const services = Object.entries(compose.services)
  const ours = services.filter(([, { build }]) => build !== undefined)
  const others = services.filter(([, { build }]) => build === undefined)

  it('runs two replicas and two learners behind a proxy', () => {
    expect(ours.map(([name, { command }]) => [name, ...command!])).toEqual([
      ['serve-1', 'serve'], ['serve-2', 'serve'], ['learn-1', 'learn'], ['learn-2', 'learn'],
    ])
    expect(others.map(([name]) => name)).toEqual(['redis', 'kafka', 'nginx'])
    expect(forageCommands()).toEqual(expect.arrayContaining(['serve', 'learn']))
  })

  it('waits for services that exist and say when they are well', () => {
    for (const [name, { depends_on = {} }] of services) {
      for (const [other, { condition }] of Object.entries(depends_on)) {
        expect(condition, name).toBe('service_healthy')
        expect(compose.services[other]?.healthcheck !== undefined || compose.services[other]?.build !== undefined, `${name} → ${other}`).toBe(true)
      }
    }
  })

  it('pins images, and publishes the proxy alone, on the loopback', () => {
    for (const [name, { image }] of others) expect(image, name).toMatch(/:\d+[\d.]*(-alpine)?$/)
    expect(services.flatMap(([, { ports = [] }]) => ports)).toEqual(['${PUBLISH:-127.0.0.1:8080}:80'])
  })

  it('gives every state a volume of its own', () => {
    const sources = services.flatMap(([, { volumes = [] }]) => volumes.map((volume) => volume.split(':')[0]!))
    const mounted = sources.filter((source) => !source.startsWith('.'))
    expect(mounted.toSorted()).toEqual(Object.keys(compose.volumes).toSorted())
    expect(new Set(mounted).size).toBe(mounted.length)
    for (const source of sources.filter((path) => path.startsWith('.'))) expect(existsSync(join(root, source)), source).toBe(true)
  })

  it('is configured as the server accepts it', () => {
    for (const [name, { environment = {}, stop_grace_period: grace = '' }] of ours) {
      expect(Object.keys(environment).filter((variable) => environmentVariables[variable] === undefined), name).toEqual([])
      expect(Number.parseInt(grace, 10), name).toBeGreaterThan(stopSeconds(environment))
    }
  })

  it('keeps state in Redis safe, and has a Kafka that starts', () => {
    const { redis, kafka } = compose.services
    expect(redis!.command!.join(' ')).toBe('redis-server --appendonly yes --appendfsync everysec --maxmemory-policy noeviction')
    expect(clusterIdBytes(kafka!.environment!['CLUSTER_ID']!)).toBe(16)
    expect(kafka!.volumes).toEqual([`kafka:${kafka!.environment!['KAFKA_LOG_DIRS']}`])
    expect(ours[0]![1].environment!['FORAGE_KAFKA_BROKERS']).toBe(kafka!.environment!['KAFKA_ADVERTISED_LISTENERS']!.replace('PLAINTEXT://', ''))
  })

  it('has a proxy that knows every replica', () => {
    const known = [...read('deploy/nginx.conf').matchAll(/^ +server (\S+):8080 /gm)].map((match) => match[1]!)
    expect(known).toEqual(ours.filter(([, { command }]) => command![0] === 'serve').map(([name]) => name))
    expect(Object.keys(compose.services['nginx']!.depends_on!)).toEqual(known)
  })
})

describe('Dockerfile', () => {
  const dockerfile = read('Dockerfile')

  it('runs a Node that the packages allow, as nobody special, and asks a route that exists whether it lives', () => {
    const { engines } = JSON.parse(read('package.json')) as { engines: { node: string } }
    const least = Number(/\d+/.exec(engines.node)![0])
    for (const [, version] of dockerfile.matchAll(/^FROM node:(\d+)/gm)) expect(Number(version)).toBeGreaterThanOrEqual(least)
    expect(dockerfile).toMatch(/^USER node$/m)
    expect(read('server/src/http/routes-table.ts')).toContain(`'${/env\.PORT\}(\/[a-z]+)`/.exec(dockerfile)![1]!}'`)
    for (const [, variable] of dockerfile.matchAll(/(FORAGE_\w+)=\S/g)) expect(environmentVariables[variable!], variable).toBeDefined()
  })

  it('is made from what the build needs, and from no data or secrets', () => {
    const lines = read('.dockerignore').split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    expect(lines[0]).toBe('*')
    const { workspaces } = JSON.parse(read('package.json')) as { workspaces: string[] }
    const needed = ['package.json', 'package-lock.json', 'tsconfig.base.json', ...workspaces.map((path) => path.replace('/*', ''))]
    expect(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1)).toSorted()).toEqual(needed.toSorted())
    expect(lines).toEqual(expect.arrayContaining(['**/node_modules', '**/dist', '**/data', '**/.env*']))
  })
})
