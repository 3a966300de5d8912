import { inspect } from 'node:util'
import { type Clock, openScopes, systemClock } from '@scopes/core'
import { hearStarter, programInput, tellStarter } from '@scopes/testing'
import { stores } from '../stores.ts'
import type { Asked, Dialogue, Told, WriterInput } from './dialogue.ts'
import { Handles } from './handles.ts'
import { Pauses } from './pauses.ts'
import { Recording } from './recording.ts'
import { HeldStore } from './held-store.ts'

// The program of one of several processes that write to the same store.
const { store: name, place, cluster } = programInput() as WriterInput
/** Resolves when all that was told has left. */
let left = Promise.resolve()
const tell = (message: Told): void => void (left = tellStarter(message))

type Answer<Name extends keyof Dialogue> = Promise<Dialogue[Name][1]> | Dialogue[Name][1]

let laterMs = 0
const clock: Clock = { ...systemClock, now: () => systemClock.now() + laterMs }
const store = await stores[name]?.open({ place, clock })
if (store === undefined) throw new Error(`There is no store ${name}.`)
const held = new HeldStore(store, { tell: point => tell({ type: point }), left: () => left })
const scopes = await openScopes({
  application: 'conflicts',
  reaper: false,
  store: held,
  cluster,
  clock,
  // A process that is stopped for a while, or held, has not lost its store.
  commitTimeoutMs: 60_000,
})
scopes.conflicts$.subscribe(({ path, lost }) => tell({ type: 'conflict', path: path.join(' '), lost }))
const handles = new Handles({ scopes, store: held }, mark => tell({ type: 'acknowledged', mark }))
const recording = new Recording(scopes, event => tell({ type: 'happened', event }))
const pauses = new Pauses()
const pauseAt = (pause: string): Promise<void> => {
  const passed = pauses.at(pause)
  tell({ type: 'pausing', pause })
  return passed
}

const answers: { readonly [Name in keyof Dialogue]: (question: Dialogue[Name][0]) => Answer<Name> } = {
  begin: ({ sheet, operations }) => handles.begin(sheet, operations),
  commit: ({ sheet, ...options }) => handles.commit(sheet, options),
  write: question => handles.write(question),
  update: question => handles.update(question),
  abort: () => handles.abort(),
  answer: () => {},
  read: sheet => handles.read(sheet),
  final: sheet => handles.final(sheet),
  end: sheet => handles.end(sheet),
  rotate: sheet => handles.rotate(sheet),
  hold: ({ at }) => held.hold(at),
  letOn: () => held.letOn(),
  release: () => held.release(),
  record: plan => recording.run(plan),
  finals: () => recording.finals(),
  settle: finals => recording.settle(finals),
  // Imported when it is needed: most processes serve nothing, and start earlier without it.
  serve: async () => (await import('./requests.ts')).serveRequests({ scopes, now: () => clock.now(), pauseAt }),
  go: ({ pause }) => pauses.go(pause),
  wait: ({ ms }) => void (laterMs += ms),
}

hearStarter(message => void answer(message as Asked))
tell({ type: 'ready' })

async function answer({ number, name: asked, question }: Asked): Promise<void> {
  try {
    const found = await (answers[asked] as (question: unknown) => unknown)(question)
    tell({ type: 'answer', number, answer: found })
  } catch (error) {
    tell({ type: 'failed', number, error: inspect(error) })
  }
}
