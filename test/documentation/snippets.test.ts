import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Visitor } from '@scopes/example-shop/visitor'
import { bundleProgram } from '@scopes/test-programs'
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest'
import { parsePage } from './page.ts'
import { readPages, root } from './pages.ts'
import { type RunningSnippet, runSnippet } from './run-snippet.ts'
import { type Snippet, snippetsOf } from './snippet.ts'

/** Beside this package's modules, so that a snippet finds the packages by their names. */
const directory = join(import.meta.dirname, '../node_modules/.snippets')
const listenAnywhere = new URL('listen-anywhere.ts', import.meta.url)

// Compiling, bundling and starting are slow on a machine that is busy; nothing here waits for time to pass.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 })

const pages = await readPages()
const snippets = [...pages.values()].flatMap(snippetsOf)
const programs = snippets.filter(({ type }) => type !== 'compiled')

/** All together, so that what they share is read once. */
async function bundled(file: string): Promise<URL> {
  const modules = programs.map(program => pathToFileURL(join(directory, program.file)))
  const preload = await bundleProgram(listenAnywhere, modules)
  return new URL(file.replace(/\.ts$/, '.mjs'), preload)
}

async function start({ file }: Snippet): Promise<RunningSnippet> {
  const running = await runSnippet(await bundled(file), await bundled('listen-anywhere.ts'))
  onTestFinished(() => running.stop())
  return running
}

beforeAll(async () => {
  await rm(directory, { recursive: true, force: true })
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'package.json'), '{ "type": "module" }')
  const config = {
    extends: '../../../tsconfig.json',
    compilerOptions: { noUnusedLocals: false, declaration: false, declarationMap: false, isolatedDeclarations: false },
    files: snippets.map(({ file }) => file),
  }
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config))
  for (const { file, code } of snippets) await writeFile(join(directory, file), code)
})

afterAll(() => rm(directory, { recursive: true, force: true }))

test('every snippet compiles', async () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '--noEmit', '-p', directory]).catch(
    (error: unknown) => error as { stdout: string },
  )
  expect(stdout).toBe('')
})

test.each(programs.filter(({ type }) => type === 'run'))('$name runs, and does what it says', async snippet => {
  const { ended } = await start(snippet)
  const printed = await ended
  if (snippet.output !== undefined) expect(printed).toBe(snippet.output)
})

test.each(programs.filter(({ type }) => type === 'serve'))('$name answers as it says', async snippet => {
  expect(snippet.visits).not.toEqual([])
  const { listening } = await start(snippet)
  const visitor = new Visitor(await listening)
  for (const { method, path, status, body } of snippet.visits) {
    const answer = await (method === 'POST' ? visitor.post(path) : visitor.get(path))
    expect({ path, status: answer.status }).toEqual({ path, status })
    if (body !== undefined) expect(answer.body.trim()).toBe(body)
  }
})

test('the README begins with a program of at most 15 lines that runs', () => {
  const [first] = pages.get('README.md')?.blocks.filter(({ language }) => language === 'ts') ?? []
  expect(first?.mark).toBe('run')
  expect(first?.code.split('\n').filter(Boolean).length).toBeLessThanOrEqual(15)
})

test('what stands beside an arrow is looked at, and so is what an unknown mark means', () => {
  const page = parsePage('page.md', '```ts run\nconsole.log(1 + 1) // → 3\n```\n')
  expect(snippetsOf(page)[0]?.code).toMatch(/^shows__\(1 \+ 1, 3\)\n/)
  expect(() => snippetsOf(parsePage('page.md', '```ts runs\n```\n'))).toThrow('ts runs')
  expect(() => snippetsOf(parsePage('page.md', '```ts run\nconst x = 1 // → 1\n```\n'))).toThrow('const x')
})
