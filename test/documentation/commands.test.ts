import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { bundleProgram } from '@scopes/test-programs'
import { expect, test, vi } from 'vitest'
import { filesBelow, readPages, root } from './pages.ts'

// Programs start slowly on a machine that is busy; nothing here waits for time to pass.
vi.setConfig({ testTimeout: 600_000 })

/** A command of this repository as a page shows it. */
interface Command {
  readonly at: string
  /** The package that it is asked of; undefined: the repository. */
  readonly filter: string | undefined
  readonly script: string
  readonly options: readonly string[]
}

interface Manifest {
  readonly name: string
  readonly directory: string
  readonly scripts: Readonly<Record<string, string>>
}

/** What pnpm does itself. */
const builtIn = new Set(['install', 'exec', 'changeset', '--help'])
/** Of which the options are those of a program that is not ours. */
const foreign = new Set(['scopes', 'test', 'build', 'typecheck', 'lint', 'format'])

const inspector = 'packages/inspector/src/program/scopes.ts'

const pages = await readPages()
const commands = [...pages.values()].flatMap(({ path, text }) =>
  text
    .split('\n')
    .flatMap((line, index) => commandsIn(line).map(command => ({ ...command, at: `${path}:${index + 1}` }))),
)
const manifests = await readManifests()
const [repository] = manifests.filter(({ directory }) => directory === '.')

test('there are the two commands to begin with, above line 30 of the README', async () => {
  const head = pages.get('README.md')?.text.split('\n').slice(0, 30).join('\n')
  expect(head).toContain('npx pnpm@12.21.0 start')
  expect(head).toContain('npx pnpm@12.21.0 test')
})

test('each command that a page shows is a script of the repository or of the package it is asked of', () => {
  expect(commands.length).toBeGreaterThan(10)
  expect(commands.filter(command => scriptOf(command) === undefined && !builtIn.has(command.script))).toEqual([])
})

test('each script that starts a program from its source names one that is there, and starts it in the same way', async () => {
  const started = manifests.flatMap(({ directory, scripts }) =>
    Object.values(scripts).flatMap(line => {
      const { options, file } = startedBy(line) ?? {}
      return file === undefined ? [] : [{ options, file: posix.join(directory, file) }]
    }),
  )
  expect(started.length).toBeGreaterThan(10)
  for (const { options, file } of started) {
    expect(existsSync(join(root, file)), file).toBe(true)
    expect(['--import tsx', '--conditions=@scopes/source --import tsx'], file).toContain(options)
  }
})

const withOptions = new Map<string, readonly Command[]>()
for (const command of commands) {
  if (command.options.length === 0 || foreign.has(command.script) || builtIn.has(command.script)) continue
  const line = scriptOf(command)?.line ?? ''
  withOptions.set(line, [...(withOptions.get(line) ?? []), command])
}

test.each([...withOptions])('the options that pages show of it are in its help: %s', async (line, shown) => {
  const [{ directory } = { directory: '.' }] = shown.map(scriptOf).filter(script => script !== undefined)
  const { file = '' } = startedBy(line) ?? {}
  const help = await helpOf(posix.join(directory, file))
  for (const { at, options } of shown) for (const option of options) expect(help, at).toContain(option)
})

const looked = [...pages.values()].flatMap(({ text }) =>
  [...text.matchAll(/\b(?:npx|pnpm@[\d.]+) scopes ([a-z]+)([^`#\n]*)/g)].map(([, command = '', rest = '']) => ({
    command,
    options: optionsIn(rest),
  })),
)

test.each([...new Set(looked.filter(({ options }) => options.length > 0).map(({ command }) => command))])(
  'the options that pages show of "scopes %s" are in its help',
  async asked => {
    const help = await helpOf(inspector, asked)
    for (const { command, options } of looked)
      if (command === asked) for (const option of options) expect(help).toContain(option)
  },
)

test('each command of "scopes" that pages show is one', async () => {
  const help = await helpOf(inspector)
  for (const { command } of looked) expect(help).toMatch(new RegExp(`^ +${command} `, 'm'))
})

/** What the program in that file says of itself. Bundled, it starts in a fraction of the time. */
async function helpOf(file: string, ...command: readonly string[]): Promise<string> {
  const program = await bundleProgram(pathToFileURL(join(root, file)))
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(program), ...command, '--help'])
  return stdout
}

/** The source of the program that a script starts, and how it is started. */
function startedBy(line: string): { readonly options: string; readonly file: string } | undefined {
  const [, options, file] = /^(?:exec )?node (.*?) ?([\w./-]+\.ts)$/.exec(line) ?? []
  return options === undefined || file === undefined ? undefined : { options, file }
}

function optionsIn(rest: string): readonly string[] {
  return rest.match(/(?<=\s)--[a-z-]+/g) ?? []
}

function commandsIn(line: string): readonly Omit<Command, 'at'>[] {
  return [...line.matchAll(/\bpnpm@[\d.]+ (?:--filter (\S+) )?(?:run )?([a-z][\w:-]*)([^`#|]*)/g)].map(
    ([, filter, script = '', rest = '']) => ({ filter, script, options: optionsIn(rest) }),
  )
}

function scriptOf({ filter, script, at }: Command): { readonly line: string; readonly directory: string } | undefined {
  const page = posix.dirname(at)
  const asked = filter === undefined ? [repository, ownerOf(page)] : [manifests.find(({ name }) => name === filter)]
  for (const manifest of asked) {
    const line = manifest?.scripts[script]
    if (manifest !== undefined && line !== undefined) return { line, directory: manifest.directory }
  }
  return undefined
}

/** A page beside a package may speak of that package's own scripts. */
function ownerOf(directory: string): Manifest | undefined {
  return manifests.find(manifest => manifest.directory === directory)
}

async function readManifests(): Promise<readonly Manifest[]> {
  const files = await filesBelow(root, name => name === 'package.json')
  return Promise.all(
    files.map(async file => {
      const { name = '', scripts = {} } = JSON.parse(await readFile(join(root, file), 'utf8')) as Partial<Manifest>
      return { name, scripts, directory: posix.dirname(file) }
    }),
  )
}
