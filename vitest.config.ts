import { defineConfig } from 'vitest/config'

const conditions = ['@scopes/source']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  // Generous: the machines are shared. Nothing in a test waits for time to pass.
  test: {
    testTimeout: 30_000,
    hookTimeout: 30_000,
    include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
  },
})
