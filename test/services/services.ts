/** Is this service named by `REQUIRE_SERVICES` (comma-separated)? Then it may be fetched, and a test that lacks it fails instead of being skipped. */
export function isRequired(service: 'redis' | 'kafka'): boolean {
  return (process.env['REQUIRE_SERVICES'] ?? '').split(',').map((name) => name.trim()).includes(service)
}

/** Loud, so that a green run cannot be mistaken for one that tried everything. */
export function saySkipped(what: string, reason: string): void {
  process.stderr.write(`\n### SKIP: ${what}: ${reason}\n`)
}

export function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}
