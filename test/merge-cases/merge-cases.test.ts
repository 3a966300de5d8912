import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readCaseFile } from './case-file.ts'
import { mergeCases, usage } from './command.ts'
import { runCase } from './run-case.ts'

const file = join(import.meta.dirname, 'merge-cases.json')
const cases = readCaseFile(await readFile(file, 'utf8'))

describe('the worked merges, each between two processes', () => {
  test.each(cases.map(example => [example.name, example] as const))('%s', async (_, example) => {
    expect(await runCase(example)).toEqual([])
  })
})

describe('the command', () => {
  let directory: string
  beforeAll(async () => void (directory = await mkdtemp(join(tmpdir(), 'merge-cases-'))))
  afterAll(() => rm(directory, { recursive: true }))

  /** What the command says to a file with this content. */
  async function run(
    content: string,
    ...options: readonly string[]
  ): Promise<{ code: number; out: string; err: string }> {
    const path = join(directory, 'cases.json')
    await writeFile(path, content)
    return command(path, ...options)
  }

  async function command(...given: readonly string[]): Promise<{ code: number; out: string; err: string }> {
    const [out, err]: [string[], string[]] = [[], []]
    const code = await mergeCases(given, { print: line => out.push(line), complain: line => err.push(line) })
    return { code, out: out.join('\n'), err: err.join('\n') }
  }

  const push = { name: 'push', base: { l: [1] }, ours: [['push', ['l'], 2]], theirs: [[['push', ['l'], 3]]] }
  const title = {
    name: 'title',
    base: { t: 0 },
    ours: [['set', ['t'], 1]],
    theirs: [[['set', ['t'], 2]]],
    expect: { t: 1 },
  }

  test('runs a file to its end, in words or as one JSON object', async () => {
    const content = JSON.stringify({ cases: [{ ...push, expect: { l: [1, 3, 2] }, conflicts: [] }] })
    expect(await run(content)).toEqual({ code: 0, out: '1 passed, 0 failed', err: '' })
    expect(await run(content, '--json')).toEqual({ code: 0, out: '{"passed":1,"failed":0,"failures":[]}', err: '' })
  })

  test.each([
    ['another value', { ...push, expect: { l: [1, 2, 3] } }, /the handle shows .* instead of .* reads/s],
    [
      'a conflict that is not announced',
      { ...push, expect: { l: [1, 3, 2] }, conflicts: [{ path: ['l'] }] },
      /was not/,
    ],
    ['a conflict that is not expected', { ...title, conflicts: [] }, /it was announced that/],
    ['another winner', { ...title, conflicts: [{ path: ['t'], kind: 'write/write', result: 2 }] }, /it was not/],
    ['a refusal that does not come', { ...push, refused: {} }, /should be refused, but the value is/],
    [
      'an error that does not come',
      { ...push, error: { code: 'policy', path: ['l'] } },
      /should fail with policy, but/,
    ],
    [
      'an error elsewhere',
      { ...title, expect: undefined, policies: { t: 'reject()' }, error: { code: 'conflict', path: ['u'] } },
      /fails at/,
    ],
    ['a definition that is refused', { name: 'd', policies: { '': 'set()' }, definition: 'ok' }, /is refused/],
    ['a definition that is accepted', { name: 'd', policies: { a: 'set()' }, definition: 'error' }, /is accepted/],
    ['a step that leads nowhere', { ...push, ours: [['set', ['x', 'y'], 1]], expect: {} }, /could not be run/],
  ])('exits with 1 for a case with %s, and says why', async (_, example, reason) => {
    const { code, out } = await run(JSON.stringify({ cases: [example] }), '--json')
    const { passed, failed, failures } = JSON.parse(out) as { passed: number; failed: number; failures: unknown[] }
    expect({ code, passed, failed }).toEqual({ code: 1, passed: 0, failed: 1 })
    expect(failures).toMatchObject([{ name: example.name }])
    expect(JSON.stringify(failures)).toMatch(reason)
  })

  test.each([
    ['no JSON', '{', /no JSON/],
    ['no cases', '{}', /"cases"/],
    ['an empty list', '{ "cases": [] }', /"cases"/],
    ['a case that is no object', '{ "cases": [1] }', /Case 1: it is no object/],
    ['a case without a name', JSON.stringify({ cases: [{ base: {}, expect: {} }] }), /no name/],
    ['a case that expects nothing', JSON.stringify({ cases: [push] }), /Case 1 \(push\): it must have one of expect/],
    ['two outcomes', JSON.stringify({ cases: [{ ...push, expect: {}, refused: {} }] }), /expect and refused/],
    [
      'an unknown step',
      JSON.stringify({ cases: [{ ...title, ours: [['put', ['t'], 1]] }] }),
      /\["put",\["t"\],1\] is no/,
    ],
    ['an unknown op', JSON.stringify({ cases: [{ ...title, ours: [['op', 'dec', ['t'], 1]] }] }), /is no step/],
    ['a step without a path', JSON.stringify({ cases: [{ ...title, ours: [['set', 't', 1]] }] }), /no path/],
    ['a step with too little', JSON.stringify({ cases: [{ ...title, ours: [['set', ['t']]] }] }), /other arguments/],
    [
      'an unknown policy',
      JSON.stringify({ cases: [{ ...title, policies: { t: 'guess()' } }] }),
      /"guess\(\)" is no policy/,
    ],
    [
      'an unknown value',
      JSON.stringify({ cases: [{ ...title, expect: { $: 'money' } }] }),
      /no value is tagged "money"/,
    ],
    [
      'a broken value',
      JSON.stringify({ cases: [{ ...title, expect: { $: 'bigint', v: 'x' } }] }),
      /is none of its kind/,
    ],
    ['an unknown error', JSON.stringify({ cases: [{ ...push, error: { code: 'oops' } }] }), /the code "oops"/],
    ['theirs as one commit', JSON.stringify({ cases: [{ ...title, theirs: [['set', ['t'], 2]] }] }), /is no step/],
    ['another history', JSON.stringify({ cases: [{ ...title, history: 'gone' }] }), /"history"/],
    ['conflicts without paths', JSON.stringify({ cases: [{ ...title, conflicts: [{}] }] }), /"conflicts"/],
    [
      'a definition that is neither',
      JSON.stringify({ cases: [{ name: 'd', policies: {}, definition: 1 }] }),
      /"ok" or/,
    ],
  ])('exits with 2 for a file with %s, and says where', async (_, content, reason) => {
    const { code, out, err } = await run(content)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(reason)
  })

  test('exits with 2 without one readable file and for options it does not know', async () => {
    const wrong = [[], ['a.json', 'b.json'], ['--fast', file], [join(directory, 'none.json')]]
    for (const given of wrong) expect(await command(...given)).toMatchObject({ code: 2, out: '' })
  })

  test('prints its usage', async () => {
    expect(await command('--help')).toEqual({ code: 0, out: usage, err: '' })
  })

  test('is a program of the repository', async () => {
    const root = join(import.meta.dirname, '..', '..')
    const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>
    }
    const [program, ...given] = (scripts['merge-cases'] ?? '').split(' ')
    expect(program).toBe('node')
    const { stdout } = await promisify(execFile)(process.execPath, [...given, file, '--json'], { cwd: root })
    expect(JSON.parse(stdout)).toEqual({ passed: cases.length, failed: 0, failures: [] })
  })
})
