import type { GroupStore, Store } from '@forage/store'
import type { Shard } from './fold.ts'
import { settingsOf } from './fold-settings.ts'
import type { FoldView } from './fold-view.ts'
import { Member } from './group/member.ts'
import type { FoldOptions } from './run-fold.ts'

export interface JoinOptions<S extends Shard> extends Omit<FoldOptions<S>, 'partitions' | 'store'> {
  readonly store: Pick<Store, 'checkpoints' | 'documents'> & { readonly groups: GroupStore }
  /** Unique to this life of the process. */
  readonly member: string
  /** A member not heard of for so long has lost its partitions (default 3000 ms); it says that it lives six times as often. */
  readonly lifeMs?: number
  /** The partition is no longer worked on here: taken by another owner, or released. */
  readonly onLost?: (partition: number) => void
}

/** One member's part of a fold that many processes share. */
export interface GroupFold<S extends Shard> extends FoldView<S> {
  /** Partitions worked on here, ascending. */
  readonly owned: readonly number[]
  /** Who was alive at the last beat; empty before the first, and while the store is away. */
  readonly members: readonly string[]
  /** How often another owner had taken a partition. */
  fenced(): number
  /** Saves and lets go of every partition, then leaves. Log and store stay open. */
  stop(): Promise<void>
}

/**
 * Shares the partitions of a fold among all processes that join it. Which partition is whose is agreed on through the store's group; that the
 * state stays right, whatever members believe, is the checkpoint's fence.
 */
export function joinFold<S extends Shard>(options: JoinOptions<S>): GroupFold<S> {
  const { store, member, lifeMs = 3000, onLost = () => {} } = options
  return new Member(settingsOf(options), { groups: store.groups, name: member, lifeMs, onLost })
}
