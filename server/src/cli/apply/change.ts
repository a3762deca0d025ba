export interface Change {
  readonly kind: 'placement' | 'catalog'
  readonly id: string
  readonly change: 'created' | 'updated' | 'unchanged'
  readonly version: number
}

export function changeOf(kind: Change['kind'], id: string, before: number, version: number): Change {
  return { kind, id, version, change: version === before ? 'unchanged' : before === 0 ? 'created' : 'updated' }
}
