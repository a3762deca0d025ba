import { defineConfig } from 'vitest/config'

// `source` makes every `@forage/*` import resolve to TypeScript: tests never run stale build output.
// Only conditions that hold for `require` too are named: with `import`, CommonJS dependencies of Express would be handed ES modules.
export default defineConfig({
  resolve: { conditions: ['source', 'node'] },
  ssr: { resolve: { conditions: ['source', 'node'], externalConditions: ['source'] } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'server/src/**/*.test.ts', 'simulations/src/**/*.test.ts', 'test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    testTimeout: 30_000,
    pool: 'forks',
    reporters: process.env['FORAGE_TEST_REPORT'] ? ['default', ['json', { outputFile: process.env['FORAGE_TEST_REPORT'] }]] : ['default'],
    maxWorkers: 2,
  },
})
