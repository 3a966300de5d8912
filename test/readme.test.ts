import { execFile } from 'node:child_process'
import { mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { bundleProgram } from '@scopes/test-programs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

// The code in the READMEs: blocks marked `ts` are compiled, blocks marked `ts run` are run as well. `ts sketch` is neither:
// it shows a file of the reader's own.

const run = promisify(execFile)
const root = join(import.meta.dirname, '..')
/** Beside this package's modules, so that a snippet finds the packages by their names. */
const directory = join(import.meta.dirname, 'node_modules', '.snippets')

interface Snippet {
  readonly name: string
  readonly file: string
  readonly isRun: boolean
  readonly code: string
}

async function readSnippets(): Promise<readonly Snippet[]> {
  const packages = await readdir(join(root, 'packages'))
  const readmes = ['README.md', ...packages.map(name => join('packages', name, 'README.md'))]
  const found = await Promise.all(
    readmes.map(async readme => {
      const text = await readFile(join(root, readme), 'utf8').catch(() => '')
      const owner = readme === 'README.md' ? 'root' : basename(join(readme, '..'))
      return [...text.matchAll(/^```ts( run)?\n(.*?)^```$/gms)].map(([, mark, code = ''], index) => ({
        name: `${readme} › block ${index + 1}`,
        file: `${owner}-${index + 1}.ts`,
        isRun: mark !== undefined,
        code,
      }))
    }),
  )
  return found.flat()
}

const snippets = await readSnippets()

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
  // An export makes each a module of its own, also one that imports nothing.
  for (const { file, code } of snippets) await writeFile(join(directory, file), `${code}\nexport {}\n`)
})

afterAll(() => rm(directory, { recursive: true, force: true }))

describe('the code in the READMEs', () => {
  test('is there: the README begins with a program that runs', () => {
    expect(snippets[0]).toMatchObject({ file: 'root-1.ts', isRun: true })
    expect(snippets[0]?.code.trim().split('\n').filter(Boolean).length).toBeLessThanOrEqual(15)
  })

  test('compiles', async () => {
    const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
    const { stdout } = await run(process.execPath, [compiler, '--noEmit', '-p', directory]).catch(
      (error: unknown) => error as { stdout: string },
    )
    expect(stdout).toBe('')
  }, 60_000)

  test.each(snippets.filter(({ isRun }) => isRun))(
    '$name runs',
    async ({ file }) => {
      const place = await mkdtemp(join(tmpdir(), 'scopes-readme-'))
      try {
        const program = await bundleProgram(pathToFileURL(join(directory, file)))
        await run(process.execPath, [fileURLToPath(program)], { cwd: place })
      } finally {
        await rm(place, { recursive: true, force: true })
      }
    },
    30_000,
  )
})

test('the two commands stand above line 30 of the README', async () => {
  const head = (await readFile(join(root, 'README.md'), 'utf8')).split('\n').slice(0, 30).join('\n')
  expect(head).toContain('npx pnpm@12.21.0 start')
  expect(head).toContain('npx pnpm@12.21.0 test')
})
