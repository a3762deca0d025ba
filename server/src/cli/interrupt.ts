/** Ctrl-C asks to stop and keep what is finished; a second one ends the process at once. */
export function untilInterrupted(): { readonly signal: AbortSignal; dispose(): void } {
  const controller = new AbortController()
  const interrupt = () => controller.abort()
  process.once('SIGINT', interrupt)
  return { signal: controller.signal, dispose: () => void process.off('SIGINT', interrupt) }
}
