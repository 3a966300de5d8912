import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { golden } from './command.ts'
import type { NotPassed } from './not-passed.ts'
import { recordingsFolder } from './recording.ts'

/** A NOOP and its answer, as a recording. */
const NOOP = '800a00000000000000000000000000010000000000000000'
const ANSWER = '810a00000000000000000000000000010000000000000000'

const scenario = (name: string, hex = ANSWER) => ({
  name,
  why: 'to be replayed',
  bucket: { type: 'couchstore', vbuckets: 1, manifest: null },
  connections: { a: { hello: [7, 8], user: 'app', password: 'app-password', select: true } },
  steps: [{ conn: 'a', send: { hex: NOOP }, expect: [{ hex }] }],
})

describe('the command golden', () => {
  let folder: string
  let printed: string[]
  let complaints: string[]
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'golden-'))
    printed = []
    complaints = []
  })
  afterEach(() => {
    rmSync(folder, { recursive: true })
  })

  const run = (...args: string[]): Promise<number> => runWith([], ...args)

  const runWith = (notPassed: readonly NotPassed[], ...args: string[]): Promise<number> =>
    golden(args, { print: line => printed.push(line), complain: line => complaints.push(line), notPassed })

  const record = (...scenarios: readonly unknown[]): void => {
    writeFileSync(join(folder, 'one.json'), JSON.stringify({ format: 'couchbase-golden/1', group: 'one', scenarios }))
  }

  it('counts what passes', async () => {
    record(scenario('one/noop'), scenario('one/again'))
    expect(await run(folder, '--json')).toBe(0)
    expect(printed.map(line => JSON.parse(line) as unknown)).toEqual([
      { passed: 2, failed: 0, failures: [], notPassed: 0 },
    ])
  })

  it('names what fails, goes on, and says so by its exit code', async () => {
    record(scenario('one/wrong', ANSWER.replace('810a', '810b')), scenario('one/noop'))
    expect(await run(folder, '--json')).toBe(1)
    expect(JSON.parse(printed.join('\n'))).toMatchObject({ passed: 1, failed: 1, failures: [{ name: 'one/wrong' }] })
    expect(await run(folder)).toBe(1)
    expect(complaints.join('\n')).toContain('one/wrong: Error: step 0: answer 0: byte 1 differs')
  })

  it('an answer that nobody expected is a failure', async () => {
    const twice = scenario('one/twice')
    record({ ...twice, steps: [{ conn: 'a', send: { hex: NOOP + NOOP }, expect: [{ hex: ANSWER }] }] })
    expect(await run(folder, '--json')).toBe(1)
    expect(printed.join('\n')).toContain('unread')
  })

  it('a scenario that is listed as not passed must fail', async () => {
    const listed = [{ scenario: /^one\/no/, reason: 'it is too hard' }]
    record(scenario('one/noop'))
    expect(await runWith(listed, folder, '--json')).toBe(1)
    expect(printed.join('\n')).toContain('passes, but is listed as not passed')
    record(scenario('one/noop', ANSWER.replace('810a', '810b')))
    expect(await runWith(listed, folder)).toBe(0)
    expect(printed.at(-1)).toBe('0 passed, 0 failed, 1 listed as not passed')
  })

  it('replays only what is asked for; nothing at all is a failure', async () => {
    record(scenario('one/noop'), scenario('one/other'))
    expect(await run(folder, '--only', '/noop$')).toBe(0)
    expect(printed).toEqual(['1 passed, 0 failed, 0 listed as not passed'])
    expect(await run(folder, '--only', 'nothing')).toBe(1)
  })

  it('refuses a folder without recordings', async () => {
    expect(await run(folder)).toBe(1)
    writeFileSync(join(folder, 'one.json'), '{"format":"other"}')
    expect(await run(folder)).toBe(1)
    expect(complaints).toEqual([
      `golden: there are no recordings in ${folder}`,
      'golden: one.json is no recording of a format known here',
    ])
  })

  it('refuses an option that there is not, and an expression that is none', async () => {
    expect(await run('--what')).toBe(1)
    expect(await run('--only', '(')).toBe(1)
    expect(complaints).toHaveLength(2)
  })

  it('explains itself', async () => {
    expect(await run('--help')).toBe(0)
    expect(printed.join('\n')).toContain('--only')
  })

  it.skipIf(!existsSync(recordingsFolder()))(
    'without a folder it replays the recordings beside the checkout',
    async () => {
      expect(await run('--only', '^locks/')).toBe(0)
      expect(printed).toEqual(['12 passed, 0 failed, 0 listed as not passed'])
    },
  )
})
