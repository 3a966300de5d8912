import { bundleProgram } from '@scopes/test-programs'
import { expect, onTestFinished, test } from 'vitest'
import { type Program, startProgram } from '../../src/index.ts'

type Told =
  | { readonly type: 'begun'; readonly input: unknown }
  | { readonly type: 'note'; readonly value: unknown }
  | { readonly type: 'end' | 'told' | 'last' }

const echoProgram = await bundleProgram(new URL('./echo-program.ts', import.meta.url))

function startEcho(input: unknown): Program<Told> {
  const program = startProgram<Told>(echoProgram, { input, execArgv: [] })
  onTestFinished(async () => {
    program.signal('SIGKILL')
    await program.gone
  })
  return program
}

const isNote = (told: Told): told is Extract<Told, { type: 'note' }> => told.type === 'note'
const isEnd = (told: Told): told is Extract<Told, { type: 'end' | 'told' | 'last' }> => told.type === 'end'

test('a program gets its input, and what is told arrives as it is in both directions, in order', async () => {
  const program = startEcho({ name: 'first' })
  const value = { map: new Map([[1, new Set(['one'])]]), date: new Date(0), big: 7n }
  program.tell({ type: 'note', value })
  program.tell({ type: 'note', value: 2 })
  await program.untilTold(2, isNote)
  expect(program.told).toEqual([
    { type: 'begun', input: { name: 'first' } },
    { type: 'note', value },
    { type: 'note', value: 2 },
  ])
  expect(await program.until(isNote)).toEqual({ type: 'note', value })
})

test('what a program told last is known when it is gone, and who waits for more is told that it ended', async () => {
  const program = startEcho({})
  const waiting = program.until(isNote)
  program.tell({ type: 'end' })
  await expect(waiting).rejects.toThrow('ended before')
  await program.gone
  expect(program.told.at(-1)).toEqual({ type: 'end' })
  program.tell({ type: 'note', value: 'nobody hears it' })
})

test('a program that was stopped goes on where it was, and one that was killed is gone', async () => {
  const program = startEcho({})
  program.signal('SIGSTOP')
  program.tell({ type: 'note', value: 'heard later' })
  program.signal('SIGCONT')
  expect(await program.until(isNote)).toEqual({ type: 'note', value: 'heard later' })
  program.signal('SIGKILL')
  await program.gone
  await expect(program.until(isEnd)).rejects.toThrow('ended before')
})

test('what has left a program is known, though it was killed at once', async () => {
  const program = startEcho({})
  // More than fits in a pipe: it has not left before it is read.
  program.tell({ type: 'note', value: 'x'.repeat(4_000_000) })
  program.tell({ type: 'told' })
  await program.gone
  expect(program.told.map(({ type }) => type)).toEqual(['begun', 'note', 'told', 'last'])
})
