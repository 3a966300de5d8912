import { beforeAll, describe, expect, test } from 'vitest'
import { Crowd } from './crowd.ts'
import { type Outcome, judge } from './judge.ts'
import { plan } from './plan.ts'
import type { View } from './process/dialogue.ts'
import type { HoldPoint } from './process/held-store.ts'
import { randomOf, rounds, seed } from './settings.ts'
import { type Operation, type Sheet, type SheetName, kinds } from './sheet.ts'
import { type WriterProcess, type Writers, startWriters, startMs } from './start-writers.ts'
import { sharedStores } from './stores.ts'

// One of several processes is killed or stopped in the middle of its writing, at a point that it names itself. Everybody
// writes to a scope of each kind at the same time.

const writersEach = 8
const castSize = 4

/** Processes that write to a sheet of each kind, and the one of them that something will happen to. */
interface Scene {
  readonly victim: WriterProcess
  readonly others: readonly WriterProcess[]
  readonly crowds: readonly Crowd[]
}

/** Four processes; in the place of one that is killed there will be a new one. */
class Cast {
  readonly #writers: Writers
  #alive: readonly WriterProcess[]

  constructor(writers: Writers) {
    this.#writers = writers
    this.#alive = writers.processes
  }

  /** New sheets of that name, and so many of the processes. */
  scene(id: string, processes: number): Scene {
    const [victim, ...others] = this.#alive.slice(0, processes)
    if (victim === undefined) throw new Error('There is no process.')
    return { victim, others, crowds: kinds.map(kind => new Crowd([victim, ...others], { kind, id })) }
  }

  /** Kills the victim. */
  kill({ victim }: Scene): void {
    victim.signal('SIGKILL')
    this.#alive = this.#alive.filter(writer => writer !== victim)
  }

  /**
   * What all processes that are there find, the new ones among them, which know nothing of what happened: the same, and all
   * that was acknowledged, once. @returns the sheets
   */
  async whole({ crowds }: Scene): Promise<readonly View[]> {
    while (this.#alive.length < castSize) this.#alive = [...this.#alive, await this.#writers.add()]
    return Promise.all(crowds.map(crowd => crowd.mustBeWhole(this.#alive)))
  }

  close(): Promise<void> {
    return this.#writers.close()
  }
}

/** What eight writers of a process do, each one operation after the other. */
function lanes(name: string, operations: number): Operation[][] {
  return plan(randomOf(name.length), { name, writers: writersEach, operations })
}

/** Lets a process write to all sheets. @returns what it was told of each, or that it is gone */
function write(
  { crowds }: Scene,
  writer: WriterProcess,
  name: string,
  operations: number,
): Promise<readonly PromiseSettledResult<readonly Outcome[]>[]> {
  return Promise.allSettled(crowds.map(crowd => crowd.write(writer, lanes(name, operations))))
}

/** All others write to all sheets, and are told that all is stored. */
async function othersWrite(scene: Scene, name: string, operations: number): Promise<void> {
  const outcomes = await Promise.all(
    scene.others.map((other, index) => write(scene, other, `${name}.p${index}`, operations)),
  )
  for (const told of outcomes.flat()) expectDone(told)
}

/** The victim has drafts of each writer for every sheet on their way, and they are held. Resolves when it is so. */
async function sendHeld(
  { victim, crowds }: Scene,
  name: string,
  at: HoldPoint,
): Promise<{ readonly committing: Promise<readonly PromiseSettledResult<readonly Outcome[]>[]> }> {
  const drafts = plan(randomOf(3), { name, writers: writersEach, operations: 1, way: 'draft' }).flat()
  await Promise.all(crowds.map(crowd => crowd.begin([drafts])))
  await victim.ask('hold', { at })
  const before = victim.count(at)
  const committing = Promise.allSettled(crowds.map(crowd => crowd.commit([drafts])))
  await victim.until(at, before + crowds.length)
  return { committing }
}

function marksOf({ value }: View, name: string): readonly string[] {
  return Object.keys(value.done).filter(mark => mark.startsWith(name))
}

function expectDone(told: PromiseSettledResult<readonly Outcome[]>): void {
  if (told.status === 'rejected') throw told.reason
  expect(told.value.filter(({ type }) => type !== 'done')).toEqual([])
}

function expectGone(told: readonly PromiseSettledResult<unknown>[]): void {
  expect(told.map(({ status }) => status)).toEqual(told.map(() => 'rejected'))
}

describe.each(sharedStores)(`%s (seed ${seed})`, { timeout: 60_000 }, store => {
  let cast: Cast
  beforeAll(async () => {
    cast = new Cast(await startWriters(store, castSize))
    return () => cast.close()
  }, startMs)

  test('a writer is killed before its requests have left: nothing of them is there, and nobody loses anything', async () => {
    const scene = cast.scene('not sent', 2)
    await write(scene, scene.victim, 'before', 1)
    const { committing } = await sendHeld(scene, 'doomed', 'sent')
    await othersWrite(scene, 'others', 4)
    cast.kill(scene)
    expectGone(await committing)
    for (const view of await cast.whole(scene)) expect(marksOf(view, 'doomed')).toEqual([])
  })

  test('a writer is killed when its requests are executed, before it learns it: all of them is there, once', async () => {
    const scene = cast.scene('not answered', 2)
    await write(scene, scene.victim, 'before', 1)
    const { committing } = await sendHeld(scene, 'last', 'executed')
    cast.kill(scene)
    expectGone(await committing)
    await othersWrite(scene, 'others', 4)
    for (const view of await cast.whole(scene)) expect(marksOf(view, 'last')).toHaveLength(writersEach)
  })

  test.each(Array.from({ length: rounds }, (_, round) => round))(
    'a writer is killed in the middle of it (%i): what it was told is there, the rest once or not at all',
    async round => {
      const scene = cast.scene(`middle ${round}`, castSize)
      const { victim } = scene
      const told = victim.count('acknowledged') + 1 + randomOf(10 + round).below(writersEach * 3)
      const writing = write(scene, victim, 'victim', 4)
      const others = othersWrite(scene, 'others', 4)
      await victim.until('acknowledged', told)
      cast.kill(scene)
      // On a busy machine it may have finished before.
      await writing
      await others
      await cast.whole(scene)
    },
  )

  test.each(['sent', 'executed'] as const)(
    'a writer is stopped when its requests are %s, and goes on after the others: all that it writes is there, once',
    async at => {
      const scene = cast.scene(`stopped ${at}`, 2)
      const { victim } = scene
      await write(scene, victim, 'before', 1)
      const { committing } = await sendHeld(scene, 'stopped', at)
      victim.signal('SIGSTOP')
      // More than a document remembers one by one: the base of what was stopped is no longer there.
      await othersWrite(scene, 'others', 8)
      victim.signal('SIGCONT')
      await victim.ask('release', {})
      for (const told of await committing) expectDone(told)
      for (const told of await write(scene, victim, 'after', 2)) expectDone(told)
      await cast.whole(scene)
    },
  )

  test.each([1, 2, 3])(
    'a process is killed after write %i of a rotation: the old id is as before, or useless to everybody; nothing is lost',
    async writes => {
      const scene = cast.scene(`rotated ${writes}`, 2)
      const { victim, others, crowds } = scene
      const sheet: SheetName = { kind: kinds[0] ?? 'session', id: `rotated ${writes}` }
      await othersWrite(scene, 'before', 1)
      const late = plan(randomOf(60), { name: 'late', writers: writersEach, operations: 1, way: 'draft' }).flat()
      await others[0]?.ask('begin', { sheet, operations: late })
      await victim.ask('hold', { at: 'executed' })
      const executed = victim.count('executed')
      const rotating = victim.ask('rotate', sheet).catch(() => 'gone')
      for (let done = 1; done <= writes; done++) {
        if (done > 1) await victim.ask('letOn', {})
        await victim.until('executed', executed + done)
      }
      cast.kill(scene)
      expect(await rotating).toBe('gone')
      const outcomes = await others[0]?.ask('commit', { sheet })
      if (writes === 1) {
        crowds[0]?.ledger.expect(late)
        crowds[0]?.ledger.enter(late, outcomes ?? [])
        expect(outcomes?.filter(({ type }) => type !== 'done')).toEqual([])
        await cast.whole(scene)
      } else {
        expect(outcomes).toEqual(late.map(() => ({ type: 'none', code: 'ended' })))
        expect(await others[0]?.ask('read', sheet)).toMatchObject({ isStored: false, endedBy: 'rotated' })
        const { value, version = 0 } = (await others[0]?.ask('final', sheet)) ?? {}
        // The end is a version of its own.
        expect(judge({ value: value as Sheet, version: version - 1 }, crowds[0]?.ledger.tried ?? [])).toEqual([])
      }
    },
  )
})
