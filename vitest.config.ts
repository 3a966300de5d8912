import { configDefaults, defineConfig } from 'vitest/config'

const conditions = ['@scopes/source']

/** They look at what the whole process holds, or change it for good, so each of them has a process of its own. */
const ownProcess = [
  '**/*leaks.test.ts',
  // Objects that tests change are those of one file.
  'packages/core/test/scope/values.test.ts',
  // They draw all chance of the process.
  'packages/core/test/scope/fairness.test.ts',
  'packages/testing/test/history/{broken-engines,system-run}.test.ts',
  'test/system/**/*.test.ts',
  'packages/couchbase/test/cost.test.ts',
  'packages/couchbase/test/dcp/codec/frame-reader.test.ts',
  'packages/couchbase/test/dcp/feed/soak/storms.test.ts',
  'packages/sqlite/test/{driver,feed,sqlite-store,worker-threads}.test.ts',
  // They put clocks in the place of the timers of the process.
  'packages/sqlite/test/{slow-timer,wake,write-queue}.test.ts',
  'packages/sync/test/{live,rollback}.test.ts',
  // They listen to channels of the process, on which others tell the same.
  'packages/core/test/life/clock-watch.test.ts',
  'packages/core/test/lock/lock-report.test.ts',
  'packages/core/test/scope/{newer-version,observe,rereads,rotate}.test.ts',
  'packages/couchbase/test/{auto-feed,server-clock}.test.ts',
  'packages/couchbase/test/dcp/feed/refusals.test.ts',
  'packages/sqlite/test/{expiry,store-identity}.test.ts',
  'test/faults/ends-and-rotations.test.ts',
  'test/life/reaper.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    globalSetup: 'test/programs/src/vitest-setup.ts',
    // Without it one processor of two would wait.
    maxWorkers: '100%',
    // Generous: the machines are shared. Nothing in a test waits for time to pass.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    expect: { poll: { timeout: 30_000, interval: 10 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'shared process',
          include: ['packages/*/test/**/*.test.ts', 'examples/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...ownProcess],
          // Modules keep no state, so the files of a worker can share them: loading takes longer than most tests.
          isolate: false,
        },
      },
      { extends: true, test: { name: 'own process', include: ownProcess } },
    ],
  },
})
