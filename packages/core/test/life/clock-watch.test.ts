import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { expect, onTestFinished, test } from 'vitest'
import { type ClockMessage, diagnostics } from '../../src/diagnostics.ts'
import { drawLife } from '../../src/document/ids.ts'
import type { CommitRecord, EndedDocument, LiveDocument } from '../../src/document/scope-document.ts'
import { ClockWatch } from '../../src/life/clock-watch.ts'

const minute = 60_000
const start = Date.UTC(2026, 0, 1)

/** A watch whose wall clock can be moved, and what it publishes. */
function world(): { readonly watch: ClockWatch; readonly told: ClockMessage[]; readonly time: Time } {
  const time = new Time()
  const told: ClockMessage[] = []
  const take = (message: unknown): void => void told.push(message as ClockMessage)
  subscribe(diagnostics.clock.name, take)
  onTestFinished(() => void unsubscribe(diagnostics.clock.name, take))
  return { watch: new ClockWatch({ clock: time, name: 'here' }), told, time }
}

class Time {
  passedMs = 0
  offMs = 0
  now(): number {
    return start + this.passedMs + this.offMs
  }
  monotonic(): number {
    return this.passedMs
  }
}

/** A scope of these commits, as far as their dates go. */
function live(...commits: readonly (readonly [process: string, atMs: number])[]): LiveDocument {
  const tail = commits.map(([process, atMs]) => ({ at: start + atMs, origin: { process } }) as CommitRecord)
  return { type: 'live', tail, facts: { createdAt: start } } as unknown as LiveDocument
}

test('a date in the future tells that its writer is ahead, once for all documents of his', () => {
  const { watch, told } = world()
  for (let seen = 0; seen < 100; seen++) watch.saw(live(['there', 10 * minute]))
  expect(told).toEqual([{ type: 'apart', ahead: 'there', behind: 'here', byMs: 10 * minute }])
  watch.saw(live(['elsewhere', 10 * minute]))
  expect(told.slice(1)).toEqual([{ type: 'apart', ahead: 'elsewhere', behind: 'here', byMs: 10 * minute }])
})

test('a second is allowed for, and what lies in the past says nothing', () => {
  const { watch, told } = world()
  for (const atMs of [-90 * minute, 0, 1000]) watch.saw(live(['there', atMs]))
  expect(told).toEqual([])
  watch.saw(live(['there', 1001]))
  expect(told).toHaveLength(1)
})

test('a commit that is dated before the one it follows tells it to everybody, also to who is ahead', () => {
  const { watch, told } = world()
  watch.saw(live(['here', -1000], ['there', -5 * minute]))
  expect(told).toEqual([{ type: 'apart', ahead: 'here', behind: 'there', byMs: 5 * minute - 1000 }])
})

test('ends and new scopes tell it too, without a name', () => {
  for (const document of [
    { type: 'ended', life: drawLife(), at: start + minute } as EndedDocument,
    { ...live(), facts: { createdAt: start + minute } } as LiveDocument,
  ]) {
    const { watch, told } = world()
    watch.saw(document)
    expect(told).toEqual([{ type: 'apart', ahead: undefined, behind: 'here', byMs: minute }])
  }
})

test('it is told again when it is twice as much, and agreed when nothing was seen of it for ten minutes', () => {
  const { watch, told, time } = world()
  for (const atMs of [2000, 3000, 5000, 9000]) watch.saw(live(['there', atMs]))
  expect(told.map(message => ('byMs' in message ? message.byMs : 0))).toEqual([2000, 5000])
  time.passedMs = 5 * minute
  watch.saw(live(['there', 5 * minute + 2000]))
  time.passedMs = 14 * minute
  watch.look()
  expect(told).toHaveLength(2)
  time.passedMs = 15 * minute
  watch.look()
  expect(told.slice(2)).toEqual([{ type: 'agreed', ahead: 'there', behind: 'here' }])
  watch.saw(live(['there', 16 * minute]))
  expect(told.slice(3)).toMatchObject([{ type: 'apart', byMs: minute }])
})

test('a wall clock that jumps is told at once, ahead or back; one that is put right little by little is not', () => {
  const { watch, told, time } = world()
  for (let second = 0; second < 100; second++) {
    time.passedMs += 1000
    time.offMs += 100
    watch.look()
  }
  expect(told).toEqual([])
  for (const byMs of [10 * minute, -20 * minute]) {
    time.offMs += byMs
    watch.look()
    watch.look()
  }
  expect(told).toEqual([
    { type: 'jumped', name: 'here', byMs: 10 * minute },
    { type: 'jumped', name: 'here', byMs: -20 * minute },
  ])
})

test('however many processes are ahead, few are remembered', () => {
  const { watch, told } = world()
  for (let round = 0; round < 2; round++) {
    for (let process = 0; process < 65; process++) watch.saw(live([`p${process}`, minute]))
  }
  // One more than are remembered: each of them had been forgotten by then.
  expect(told).toHaveLength(130)
})
