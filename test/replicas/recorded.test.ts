import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { bundleProgram } from '@scopes/test-programs'
import {
  type History,
  type Program,
  RecordedScopes,
  checkHistory,
  emptyLedger,
  explainViolation,
  historyRecorder,
  joinHistories,
  recordFinals,
  startProgram,
} from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import type { Fault, Order, ReaderInput, Said, Target } from './recorded-reader-program.ts'

/** How long a process is stopped at least; 30,000 for the long version. Default: as long as the others take to write. */
const pauseMs = Number(process.env['PAUSE_MS'] ?? 0)

const readerProgram = await bundleProgram(new URL('./recorded-reader-program.ts', import.meta.url))

const Ledger = defineScope({ kind: 'ledger', initial: emptyLedger })
const ids = ['s1', 's2', 's3', 's4']

interface Scene {
  readonly reader: Program<Said>
  readonly tell: (order: Order) => void
  readonly happen: (fault: Fault) => Promise<void>
  /** The reader has written by each of its handles, or was told why not. */
  readonly writeThere: (mark: string) => Promise<void>
  /** Writes so often to each that lives. */
  readonly writeHere: (name: string, times: number) => Promise<void>
  readonly endHere: (id: string) => Promise<void>
  /** What happened, when the reader has come to the end of all of it. */
  readonly finish: () => Promise<History>
}

/** This process, which writes, and one that reads from replicas and writes too, on one SQLite file. */
async function startScene(options: Partial<ReaderInput> = {}): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'scopes-recorded-'))
  onTestFinished(() => rm(directory, { recursive: true, force: true }))
  const path = join(directory, 'scopes.db')
  const { changesKept = 100_000, maxReplicas = 1000 } = options
  const scopes = await openScopes({
    application: 'check',
    process: 'writer',
    store: sqliteStore({ path, changesKept }),
  })
  onTestFinished(() => scopes.close())
  const recorder = historyRecorder('writer')
  const recorded = new RecordedScopes(scopes, { recorder, process: 'writer', isFresh: true, isBehind: false })
  const over = new Set<string>()
  const open = async (id: string): Promise<NonNullable<Awaited<ReturnType<typeof recorded.open>>>> => {
    const scope = await recorded.open(Ledger, { application: 'check', kind: 'ledger', id })
    return scope ?? expect.fail(`${id} could not be opened`)
  }
  const writeHere: Scene['writeHere'] = async (name, times) => {
    for (const id of ids.filter(each => !over.has(each))) {
      const scope = await open(id)
      for (let time = 0; time < times; time++) {
        await scope.update({ mark: `${name}.${id}.${time}`, traces: ['list', 'count'] })
      }
    }
  }
  await writeHere('begin', 1)
  const input: ReaderInput = { path, changesKept, maxReplicas, ids }
  const reader = startProgram<Said>(readerProgram, { input, execArgv: [] })
  onTestFinished(async () => {
    reader.signal('SIGKILL')
    await reader.gone
  })
  const tell = (order: Order): void => reader.tell(order)
  await reader.until((said): said is Said => said.type === 'ready')
  return {
    reader,
    tell,
    writeHere,
    happen: async fault => {
      tell({ type: 'fault', fault })
      await reader.until((said): said is Said => said.type === 'done' && said.fault === fault)
    },
    writeThere: async mark => {
      tell({ type: 'write', mark })
      await reader.until((said): said is Said => said.type === 'written' && said.mark === mark)
    },
    endHere: async id => {
      await (await open(id)).end()
      over.add(id)
    },
    finish: async () => {
      const targets: Target[] = []
      for (const id of ids) {
        const { version, isStored } = await scopes.open(Ledger, id)
        targets.push({ id, version, isOver: !isStored })
      }
      tell({ type: 'finish', targets })
      type Told = Extract<Said, { type: 'history' }>
      const { history } = await reader.until((said): said is Told => said.type === 'history')
      const finals = historyRecorder('finals')
      await recordFinals(scopes, finals)
      return joinHistories([[recorder.history, history], [finals.history]])
    },
  }
}

function expectSound(history: History): void {
  expect(checkHistory(history).map(violation => explainViolation(history, violation))).toEqual([])
  // What was to be judged has happened: the reader was told of it.
  const told = history.events.filter(event => event.type === 'told' && event.process === 'reader')
  expect(
    told.some(event => event.type === 'told' && event.scope.endsWith(':s2') && event.change.type === 'ended'),
  ).toBe(true)
  expect(told.length).toBeGreaterThan(ids.length * 3)
}

test.each([
  ['', {}],
  [', longer than the log goes back', { changesKept: 20 }],
  [', with room for one replica while handles live', { maxReplicas: 1 }],
])(
  'a process is stopped while others commit and end its sessions%s: what it shows and writes then is right',
  async (_, options) => {
    const scene = await startScene(options)
    await scene.writeThere('before')
    scene.reader.signal('SIGSTOP')
    const begun = performance.now()
    await scene.writeHere('paused', 40)
    await scene.endHere('s2')
    for (let round = 0; performance.now() - begun < pauseMs; round++) await scene.writeHere(`longer ${round}`, 5)
    scene.reader.signal('SIGCONT')
    await scene.writeThere('after')
    await scene.writeHere('last', 3)
    expectSound(await scene.finish())
  },
  60_000 + 3 * pauseMs,
)

test.each<Fault>(['store down', 'feed stops', 'feed rolls back', 'feed loses a part'])(
  '%s in the middle of it: nothing is lost, and nobody is told what is not so',
  async fault => {
    const scene = await startScene()
    await scene.writeThere('before')
    const writing = scene.writeHere('meanwhile', 40)
    await scene.happen(fault)
    if (fault !== 'store down') await scene.writeThere('meanwhile')
    await writing
    await scene.endHere('s2')
    await scene.happen('calm')
    await scene.writeThere('after')
    await scene.writeHere('last', 3)
    expectSound(await scene.finish())
  },
  60_000,
)
