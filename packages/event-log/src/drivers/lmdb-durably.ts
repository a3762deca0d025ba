import type { RootDatabase } from 'lmdb'

/** Runs `write` as one transaction; resolves when it is on disk. Rejects with what the disk said. */
export async function durably(env: RootDatabase, write: () => void): Promise<void> {
  try {
    await env.batch(write)
  } catch (error) {
    const { commitError } = error as { commitError?: Promise<unknown> }
    throw (await commitError?.catch((cause: unknown) => cause)) ?? error
  }
}
