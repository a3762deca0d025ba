import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { environmentVariables } from '@forage/server'
import { describe, expect, it } from 'vitest'
import { parse, parseAllDocuments } from 'yaml'
import { clusterIdBytes, forageCommands, read, root, stopSeconds } from './deployment.ts'

describe('deploy/kubernetes', () => {
  interface Resource {
    apiVersion: string
    kind: string
    metadata: { name: string }
    data?: Record<string, string>
    stringData?: Record<string, string>
    spec?: {
      selector?: { matchLabels?: Record<string, string> } & Record<string, unknown>
      serviceName?: string
      scaleTargetRef?: { kind: string; name: string }
      template?: { metadata: { labels: Record<string, string> }; spec: Pod }
      volumeClaimTemplates?: { metadata: { name: string } }[]
    }
  }
  interface Pod {
    terminationGracePeriodSeconds?: number
    volumes?: { name: string }[]
    containers: {
      args?: string[]
      image: string
      env?: { name: string; value: string }[]
      envFrom?: { configMapRef?: { name: string }; secretRef?: { name: string } }[]
      volumeMounts?: { name: string }[]
    }[]
  }
  const folder = 'deploy/kubernetes'
  const all = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
  const files = all.filter((name) => name.endsWith('.yaml')).map((name) => join(folder, name))
  const kustomizations = files.filter((file) => file.endsWith('kustomization.yaml'))
  const resources = files.filter((file) => !kustomizations.includes(file)).flatMap((file) => {
    const documents = parseAllDocuments(read(file), { merge: true, strict: true })
    if (!Array.isArray(documents)) throw new Error(`${file} is empty`)
    for (const { errors } of documents) expect(errors, file).toEqual([])
    return documents.map((document) => document.toJS() as Resource)
  })
  const named = (kind: string, name: string) => resources.find((resource) => resource.kind === kind && resource.metadata.name === name)
  const workloads = resources.filter(({ spec }) => spec?.template !== undefined)
  const versions: Record<string, string> = {
    Namespace: 'v1', ConfigMap: 'v1', Secret: 'v1', Service: 'v1', Deployment: 'apps/v1', StatefulSet: 'apps/v1',
    PodDisruptionBudget: 'policy/v1', HorizontalPodAutoscaler: 'autoscaling/v2',
  }

  it('uses kinds in the versions that clusters serve', () => {
    for (const { kind, apiVersion, metadata } of resources) expect(apiVersion, `${kind} ${metadata.name}`).toBe(versions[kind])
    expect(new Set(resources.map(({ kind }) => kind))).toEqual(new Set(Object.keys(versions)))
  })

  it.each(kustomizations)('%s lists every file beside it that can be applied', (file) => {
    const { apiVersion, kind, resources: listed } = parse(read(file)) as { apiVersion: string; kind: string; resources: string[] }
    expect([apiVersion, kind]).toEqual(['kustomize.config.k8s.io/v1beta1', 'Kustomization'])
    const beside = readdirSync(join(root, dirname(file))).filter((name) => name !== 'kustomization.yaml' && !name.includes('.example.'))
    expect(listed.filter((name) => !name.startsWith('..')).toSorted()).toEqual(beside.toSorted())
    for (const name of listed) expect(existsSync(join(root, dirname(file), name)), name).toBe(true)
  })

  it('selects the pods it makes, mounts the volumes it has, scales what there is', () => {
    for (const { metadata, spec } of workloads) {
      expect(spec!.template!.metadata.labels, metadata.name).toEqual(spec!.selector!.matchLabels)
      const { containers, volumes = [] } = spec!.template!.spec
      const there = [...volumes, ...(spec!.volumeClaimTemplates ?? []).map((claim) => claim.metadata)].map(({ name }) => name)
      for (const { volumeMounts = [] } of containers) expect(volumeMounts.map(({ name }) => name).toSorted(), metadata.name).toEqual(there.toSorted())
      if (spec!.serviceName !== undefined) expect(named('Service', spec!.serviceName), spec!.serviceName).toBeDefined()
    }
    const labels = workloads.map(({ spec }) => spec!.template!.metadata.labels)
    for (const { kind, metadata, spec } of resources) {
      const selector = kind === 'Service' ? spec!.selector : kind === 'PodDisruptionBudget' ? spec!.selector!.matchLabels : undefined
      if (selector !== undefined) expect(labels, metadata.name).toContainEqual(selector)
      if (spec?.scaleTargetRef !== undefined) expect(named(spec.scaleTargetRef.kind, spec.scaleTargetRef.name)).toBeDefined()
    }
  })

  it('is configured as the server accepts it, and stops no pod before it is done', () => {
    const map = named('ConfigMap', 'forage')!.data!
    const secret = named('Secret', 'forage')!.stringData!
    for (const variable of Object.keys({ ...map, ...secret })) expect(environmentVariables[variable], variable).toBeDefined()
    for (const { metadata, spec } of workloads) {
      const [{ args, image, env = [], envFrom = [] }] = spec!.template!.spec.containers as [Pod['containers'][0]]
      if (image !== 'forage') continue
      expect(forageCommands()).toContain(args![0])
      expect(envFrom.flatMap(({ configMapRef, secretRef }) => configMapRef?.name ?? secretRef?.name)).toEqual(['forage', 'forage'])
      const environment = { ...map, ...secret, ...Object.fromEntries(env.map(({ name, value }) => [name, value])) }
      expect(spec!.template!.spec.terminationGracePeriodSeconds, metadata.name).toBeGreaterThan(stopSeconds(environment))
    }
  })

  it('has a Kafka that starts, at the address that is configured', () => {
    const kafka = named('StatefulSet', 'kafka')!.spec!.template!.spec.containers[0]!.env!
    const value = (name: string) => kafka.find((variable) => variable.name === name)!.value
    expect(clusterIdBytes(value('CLUSTER_ID'))).toBe(16)
    expect(value('KAFKA_ADVERTISED_LISTENERS')).toBe(`PLAINTEXT://${named('ConfigMap', 'forage')!.data!['FORAGE_KAFKA_BROKERS']}`)
  })
})
