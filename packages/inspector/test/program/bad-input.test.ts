import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { describe, expect, test } from 'vitest'
import { commands } from '../../src/program/commands.ts'
import { places } from '../each-place.ts'
import { rowsOf, runScopes } from '../run-scopes.ts'
import { fillShop, inShop } from '../shop.ts'
import { temporaryDirectory } from '../temporary-directory.ts'

describe('where there is no store', () => {
  test.each(['list', 'verify', 'tail', 'purge', 'export'])('%s says so, and makes none', async command => {
    const directory = await temporaryDirectory()
    const yes = command === 'purge' ? ['--yes'] : []
    expect(await runScopes([command, `sqlite:${directory}`, ...yes])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${directory} is a directory. There is no store in it.\n`,
    })
    const path = join(directory, 'data', 'scopes.db')
    expect(await runScopes([command, `sqlite:${path}`, ...yes])).toMatchObject({ exitCode: 2, stdout: '' })
    expect(await readdir(directory)).toEqual([])
  })

  test('a directory with a store in it is answered by the address of the store', async () => {
    const directory = await temporaryDirectory()
    await inShop(sqliteStore({ path: join(directory, 'scopes.db') }), fillShop)
    const { stderr } = await runScopes(['list', `sqlite:${directory}`])
    expect(stderr).toContain(`Name the store in it: sqlite:${join(directory, 'scopes.db')}.`)
  })

  test('an empty file and a file of something else stay what they are', async () => {
    const directory = await temporaryDirectory()
    const path = join(directory, 'file')
    await writeFile(path, '')
    expect(await runScopes(['list', `sqlite:${path}`])).toMatchObject({ exitCode: 2, stdout: '' })
    await writeFile(path, 'not a database at all, but long enough to be looked at. '.repeat(20))
    const { exitCode, stderr } = await runScopes(['list', `sqlite:${path}`])
    expect(exitCode).toBe(1)
    expect(stderr).toContain('is damaged, or is no SQLite file')
  })

  test('an address that is none is not repeated: there is a password in it', async () => {
    const result = await runScopes(['list', 'couchbase://user:secret@127.0.0.1:1/a/b/c/d'])
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).not.toContain('secret')
  })
})

describe('a command line that cannot be followed', () => {
  test.each([
    [['lst'], 'There is no command "lst"; did you mean "list"?'],
    [['hsitory'], 'did you mean "history"?'],
    [['constructor'], 'There is no command "constructor".'],
    [['list'], 'The <store> is missing.'],
    [['show', 'sqlite:a'], 'The <key> is missing.'],
    [['list', 'sqlite:a', 'sqlite:b'], 'sqlite:b is one store too many.'],
    [['list', 'sqlite:a', 'couchbase://user:secret@b/c'], 'couchbase://b/c is one store too many.'],
    [['show', 'sqlite:a', 'session:shop:1', 'x'], '"x" is one argument too many.'],
    [['list', 'sqlite:a', '--limt', '3'], "Unknown option '--limt'."],
    [['list', 'data/scopes.db'], 'The address of a store begins with sqlite: or couchbase://'],
    [['list', 'sqlite:'], 'The address sqlite: names no file'],
    [['list', 'couchbase://b/c'], 'The address has no user and password'],
  ])('%o: %s', async (args, message) => {
    const result = await runScopes(args)
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toContain(message)
    expect(result.stderr).not.toContain('secret')
  })

  test.each([
    [['list', '--limit', '0'], '--limit is "0"'],
    [['list', '--state', 'dead'], '--state is "dead"; it must be one of living'],
    [['show', 'visitor-1'], '"visitor-1" is no key'],
    [['diff', 'session:shop:visitor-1', 'one', '2'], '<from> is "one"'],
  ])('%o: %s', async ([command = '', ...args], message) => {
    const { address, open } = await places.sqlite()
    await inShop(await open(), fillShop)
    const result = await runScopes([command, address, ...args])
    expect(result).toMatchObject({ exitCode: 2, stdout: '' })
    expect(result.stderr).toContain(message)
  })

  test.each([
    [['show', 'session:shop:nobody'], 'There is no session:shop:nobody in sqlite:'],
    [['show', 'session:shop:visitor-1', '--at', '9'], 'it holds versions 1 to 3'],
    [['diff', 'session:shop:visitor-1', '1', '4'], 'it holds versions 1 to 3'],
  ])('%o is not there: %s', async ([command = '', ...args], message) => {
    const { address, open } = await places.sqlite()
    await inShop(await open(), fillShop)
    const result = await runScopes([command, address, ...args])
    expect(result).toMatchObject({ exitCode: 1, stdout: '' })
    expect(result.stderr).toContain(message)
  })

  test('who is at a terminal is told that an import reads standard input', async () => {
    const { exitCode, stderr } = await runScopes(['import', 'sqlite:a'], { isTerminal: true })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('name a file by --input')
  })

  test('every command has its --help, also where the rest of the line is wrong', async () => {
    for (const name of Object.keys(commands)) {
      const { exitCode, stdout, stderr } = await runScopes([name, '--wrong', '--help'])
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout).toMatch(new RegExp(`^Usage: scopes ${name} <store>`))
      expect(stdout).toContain('--json')
    }
    expect((await runScopes([])).stdout).toBe((await runScopes(['--help'])).stdout)
  })
})

describe('what is printed', () => {
  test('has colours on a terminal only, and there only where they are wanted', async () => {
    const { address, open } = await places.sqlite()
    await inShop(await open(), fillShop)
    const args = ['diff', address, 'session:shop:visitor-1', '1', '3']
    const plain = (await runScopes(args)).stdout
    expect(plain).toBe("session:shop:visitor-1 version 1 → 3\n    ~ hits: 0 → 1\n    + cart[1]: { sku: 'B', qty: 1 }\n")
    const coloured = await runScopes(args, { isTerminal: true, environment: { TERM: 'xterm' } })
    expect(coloured.stdout).toContain('\u001B[3')
    for (const environment of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      expect((await runScopes(args, { isTerminal: true, environment })).stdout).toBe(plain)
    }
  })

  test('commands no terminal, whatever the store holds', async () => {
    const { address, open } = await places.sqlite()
    const evil = '\u001B[2J\u0007\u009B1m\u202E'
    const Session = defineScope({ kind: 'session', initial: () => ({ text: '' }) })
    const scopes = await openScopes({ application: 'shop', store: await open(), reaper: false })
    const session = await scopes.open(Session, 'evil', { request: evil })
    await session.update(draft => void (draft.text = 'a'))
    await session.update(draft => void (draft.text = evil))
    await (await scopes.open(Session, 'ended')).update(draft => void (draft.text = evil))
    await (await scopes.open(Session, 'ended')).end(evil)
    await scopes.close()
    const key = 'session:shop:evil'
    for (const args of [
      ['list', address],
      ['show', address, key],
      ['history', address, key],
      ['history', address, 'session:shop:ended'],
      ['show', address, 'session:shop:ended'],
      ['diff', address, key, '1', '2'],
    ]) {
      const { stdout, exitCode } = await runScopes(args)
      expect(exitCode).toBe(0)
      expect(stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u)
      const json = await runScopes([...args, '--json'])
      expect(json.stdout.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\u202E]/u)
    }
    // To a program it is what it was.
    expect(rowsOf(await runScopes(['show', address, key, '--json']))).toMatchObject([{ value: { text: evil } }])
  })

  test('names a key so that it is found by that name', async () => {
    const { address, open } = await places.sqlite()
    const store = await open()
    for (const id of ['a\u202Eb', 'c\u001Bd', '\\u0041']) await store.insert(`session:shop:${id}`, Buffer.alloc(60))
    const listed = (await runScopes(['list', address])).stdout.match(/^session:\S+/gm) ?? []
    expect(listed).toEqual(['session:shop:a\\u202eb', 'session:shop:c\\u001bd', 'session:shop:\\u0041'])
    for (const key of listed) {
      const { exitCode, stderr } = await runScopes(['show', address, key])
      expect({ exitCode, isFound: stderr.includes('is unreadable') }).toEqual({ exitCode: 1, isFound: true })
    }
  })

  test('a bar is shown on a terminal, and nowhere else', async () => {
    const { address, open } = await places.sqlite()
    await inShop(await open(), fillShop)
    expect((await runScopes(['verify', address])).stderr).toBe('')
    const { stdout, stderr } = await runScopes(['verify', address], { isTerminal: true })
    expect(stderr).toContain('verify  [')
    const unsized = await runScopes(['verify', address], { isTerminal: true, columns: 0 })
    expect(unsized.stderr).toContain('counting\r')
    // Nothing of it is left.
    expect(stderr.endsWith('\r\u001B[2K')).toBe(true)
    expect(stdout).toBe('3 documents: 2 living, 1 ended\n')
    expect((await runScopes(['verify', address], { isTerminal: true, environment: { TERM: 'dumb' } })).stderr).toBe('')
  })

  test('to nobody ends the program', async () => {
    const { address, open } = await places.sqlite()
    await inShop(await open(), fillShop)
    const stdout = new PassThrough({ highWaterMark: 1 })
    const running = runScopes(['list', address, '--json'], { stdout })
    stdout.once('readable', () => stdout.destroy(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })))
    expect(await running).toMatchObject({ exitCode: 141, stderr: '' })
  })
})

test('a directory that is named like a store is no store', async () => {
  const directory = join(await temporaryDirectory(), 'scopes.db')
  await mkdir(directory)
  expect(await runScopes(['list', `sqlite:${directory}`])).toMatchObject({ exitCode: 2, stdout: '' })
})
