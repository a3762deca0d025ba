import type { Profiler } from 'node:inspector'

interface Node extends Profiler.ProfileNode {
  parent?: Node
}

/** By which part of which path a function is counted where; the innermost that is known decides. */
const PLACES: readonly (readonly [RegExp, string])[] = [
  [/kafkajs|event-log\/src/, 'fetch and decode batches'],
  [/ioredis|redis-parser|store\/src/, 'Redis'],
  [/records\.ts|read-record\.ts|record-reader\.ts/, 'decode records'],
  [/saved-matured\.ts|bytes\.ts|matured-entries\.ts|blob\.ts|expiry\.ts/, 'matured entries'],
  [/saved-statistics\.ts/, 'encode sums'],
  [/bandit\/src|models\.ts/, 'update A and b'],
  [/learner\/src/, 'join'],
  [/folding\/src/, 'run the fold'],
]

/** Milliseconds of a profile's thread by what it did. */
export function profileShares({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile): Record<string, number> {
  const byId = new Map<number, Node>(nodes.map((node) => [node.id, node]))
  for (const node of nodes) for (const child of node.children ?? []) byId.get(child)!.parent = node
  const places = new Map(nodes.map((node) => [node.id, placeOf(node)]))
  const spent: Record<string, number> = {}
  for (const [index, id] of samples.entries()) {
    const place = places.get(id)!
    spent[place] = (spent[place] ?? 0) + timeDeltas[index]! / 1000
  }
  return spent
}

function placeOf(node: Node): string {
  const { functionName } = node.callFrame
  if (functionName === '(garbage collector)') return 'collect garbage'
  if (functionName === '(idle)') return 'wait'
  for (let at: Node | undefined = node; at !== undefined; at = at.parent) {
    const { url } = at.callFrame
    const found = PLACES.find(([path]) => path.test(url))
    if (found !== undefined) return found[1]
  }
  return 'other'
}
