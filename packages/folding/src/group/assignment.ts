import { hash32 } from '@forage/domain'

/**
 * Who should have which partition: a pure function, so members that see the same list agree without talking. Every partition prefers members by
 * a hash of both names (rendezvous hashing), so few move when a member comes or goes; loads differ by at most one.
 * @returns the member of each partition; empty when there are no members
 */
export function assign(members: readonly string[], partitions: number): string[] {
  if (members.length === 0) return []
  const each = Math.floor(partitions / members.length)
  let extra = partitions % members.length
  const loads = new Map(members.map((member) => [member, 0]))
  const wishes = Array.from({ length: partitions }, (_, partition) => members.map((member) => ({ partition, member, weight: hash32(`${member} ${partition}`) })))
    .flat()
    .toSorted((a, b) => b.weight - a.weight || a.partition - b.partition || (a.member < b.member ? -1 : 1))
  const owners: string[] = []
  for (const { partition, member } of wishes) {
    const load = loads.get(member)!
    if (owners[partition] !== undefined || load > each || (load === each && extra === 0)) continue
    if (load === each) extra -= 1
    owners[partition] = member
    loads.set(member, load + 1)
  }
  return owners
}
