import { defineConfig } from 'vitest/config'

const conditions = ['@scopes/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Generous: the machines are shared. Nothing in a test waits for time to pass.
  test: {
    globalSetup: 'test/programs/src/vitest-setup.ts',
    // Without it one processor of two would wait.
    maxWorkers: '100%',
    testTimeout: 30_000,
    hookTimeout: 30_000,
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  },
})
