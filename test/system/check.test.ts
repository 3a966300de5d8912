import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { bundleProgram } from '@scopes/test-programs'
import type { EngineFlaw } from '@scopes/testing'
import { expect, test } from 'vitest'

import { checkRuns } from './check-runs.ts'
import { readCommand } from './command.ts'

const program = fileURLToPath(await bundleProgram(new URL('check.ts', import.meta.url)))

/** The program in a process of its own. */
function check(...given: readonly string[]): {
  readonly status: number | null
  readonly out: string
  readonly err: string
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...given], { encoding: 'utf8' })
  return { status, out: stdout, err: stderr }
}

test('check prints one row with --json and nothing else, and succeeds when no rule is broken', () => {
  const { status, out, err } = check('--runs', '2', '--seed', '7', '--json')
  expect(err).toBe('')
  expect(status).toBe(0)
  const row: unknown = JSON.parse(out)
  expect(row).toEqual({
    seed: 7,
    runs: 2,
    operations: expect.any(Number) as number,
    violations: 0,
    seconds: expect.any(Number) as number,
  })
})

test('check refuses what it does not understand, and says what it does', () => {
  expect(check('--runs', 'many')).toMatchObject({ status: 2, out: '', err: expect.stringContaining('--runs is many') })
  expect(readCommand(['--store', 'couchbase'], 0)).toMatchObject({ type: 'check', store: 'couchbase' })
})

test('what is not said is taken as the usage says', () => {
  expect(readCommand([], 1_234_567_890)).toEqual({
    type: 'check',
    runs: 100,
    seed: 234_567_890,
    store: 'memory',
    isJson: false,
  })
  expect(readCommand(['--help', '--runs', 'many'], 0)).toEqual({ type: 'help' })
  for (const wrong of [['--runs', '0'], ['--seed', '-1'], ['--seed', '1.5'], ['--store', 'redis'], ['--fast'], ['7']]) {
    expect(readCommand(wrong, 0)).toMatchObject({ type: 'refused' })
  }
})

/** Ends are reported and not written. */
const endless = (): EngineFlaw => ({
  scopes: scopes => ({
    changes: options => scopes.changes(options),
    lock: (options, body) => scopes.lock(options, body),
    onEnd: (definition, handler) => scopes.onEnd(definition, handler),
    close: () => scopes.close(),
    open: async (definition, id) => {
      const scope = await scopes.open(definition, id)
      return Object.defineProperty(scope, 'end', { value: () => Promise.resolve() })
    },
  }),
})

test('the runs stop at the first that breaks a rule, with its seed and the rule in words', async () => {
  const { runs, violations, finding } = await checkRuns({ store: 'memory', seed: 20, runs: 50, flaw: endless })
  expect(violations).toBeGreaterThan(0)
  expect(runs).toBeLessThan(50)
  expect(finding).toEqual({
    seed: 20 + runs - 1,
    text: expect.stringMatching(/^(revival|duplicated-commit) .*\n> /s) as string,
  })
  // The same seed is the same run, in memory.
  const again = await checkRuns({ store: 'memory', seed: 20 + runs - 1, runs: 1, flaw: endless })
  expect(again).toMatchObject({ violations, finding: { seed: 20 + runs - 1 } })
})

test('an engine that throws what it never should is a finding', async () => {
  const slipping = (): EngineFlaw => ({
    scopes: scopes => ({
      changes: options => scopes.changes(options),
      lock: (options, body) => scopes.lock(options, body),
      onEnd: (definition, handler) => scopes.onEnd(definition, handler),
      close: () => scopes.close(),
      open: () => Promise.reject(new TypeError('a slip')),
    }),
  })
  const { finding } = await checkRuns({ store: 'memory', seed: 1, runs: 5, flaw: slipping })
  expect(finding).toEqual({ seed: 1, text: expect.stringContaining('TypeError: a slip') as string })
})
