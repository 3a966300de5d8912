import { defineScope, openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { replicas } from '@scopes/sync'
import {
  type History,
  RecordedScopes,
  type RecordedScope,
  emptyLedger,
  faultStore,
  hearStarter,
  historyRecorder,
  programInput,
  tellStarter,
} from '@scopes/testing'

/** How the program is started. */
export interface ReaderInput {
  readonly path: string
  readonly changesKept: number
  readonly maxReplicas: number
  readonly ids: readonly string[]
}

/** Where a handle has to come to. */
export interface Target {
  readonly id: string
  readonly version: number
  readonly isOver: boolean
}

/** What the program is told. */
export type Order =
  | { readonly type: 'fault'; readonly fault: Fault }
  /** Writes by each handle, whatever comes of it. */
  | { readonly type: 'write'; readonly mark: string }
  /** Tells all that happened, when the handles and whoever watches all scopes have come so far. */
  | { readonly type: 'finish'; readonly targets: readonly Target[] }

/** What can happen between it and its store. */
export type Fault = 'store down' | 'feed stops' | 'feed rolls back' | 'feed loses a part' | 'calm'

/** What it tells. */
export type Said =
  | { readonly type: 'ready' }
  | { readonly type: 'written'; readonly mark: string }
  | { readonly type: 'done'; readonly fault: Fault }
  | { readonly type: 'history'; readonly history: History }

// A process that reads ledgers from replicas, holds and watches them, and writes down what happens.
const { path, changesKept, maxReplicas, ids } = programInput() as ReaderInput
const Ledger = defineScope({ kind: 'ledger', initial: emptyLedger })
const store = faultStore(sqliteStore({ path, changesKept }))
const { faults } = store
const recorder = historyRecorder('reader')
const scopes = await openScopes({
  application: 'check',
  process: 'reader',
  store,
  cluster: false,
  // However slow the machine is: no test is about the time that passes.
  cache: replicas({ maxReplicas, maxLagMs: 1_000_000 }),
})
const recorded = new RecordedScopes(scopes, { recorder, process: 'reader', isFresh: false, isBehind: false })
recorded.watch()
const held: RecordedScope[] = []
for (const id of ids) {
  const scope = await recorded.open(Ledger, { application: 'check', kind: 'ledger', id })
  if (scope === undefined) throw new Error(`${id} could not be opened.`)
  scope.watchValues()
  scope.watchChanges()
  held.push(scope)
}
await new Promise<void>(resolve => {
  scopes.status$.subscribe(({ type }) => type === 'live' && resolve())
})
const say = (said: Said): void => void tellStarter(said)
hearStarter(order => void obey(order as Order))
say({ type: 'ready' })

async function obey(order: Order): Promise<void> {
  switch (order.type) {
    case 'fault':
      happen(order.fault)
      return say({ type: 'done', fault: order.fault })
    case 'write': {
      const { mark } = order
      await Promise.all(
        held.map(async scope => {
          await scope.update({ mark: `${mark}.${scope.id}`, traces: ['list', 'count'] })
          scope.read()
        }),
      )
      return say({ type: 'written', mark })
    }
    case 'finish': {
      const isThere = (target: Target): boolean => isShown(target) && isTold(target)
      while (!order.targets.every(isThere)) await new Promise(resolve => setImmediate(resolve))
      for (const scope of held) scope.read(true)
      return say({ type: 'history', history: recorder.history })
    }
    default:
      return order satisfies never
  }
}

function isShown({ id, version, isOver }: Target): boolean {
  const shown = held.find(scope => scope.id === id)?.sighting
  return isOver ? shown?.isOver === true : shown?.version === version
}

/** To whoever watches all scopes, who reads the feed by himself. */
function isTold({ id, version, isOver }: Target): boolean {
  const { events } = recorder.history
  const watching = events.find(event => event.type === 'watching' && event.what === 'scopes')
  const told = events.findLast(
    event =>
      event.type === 'told' &&
      watching?.type === 'watching' &&
      event.observer === watching.observer &&
      event.scope === `ledger:check:${id}`,
  )
  if (told?.type !== 'told') return false
  return isOver ? told.change.type === 'ended' : told.change.version === version
}

function happen(fault: Fault): void {
  switch (fault) {
    case 'store down':
      return faults.failing(true)
    case 'feed stops':
      return faults.stopFeeding()
    case 'feed rolls back':
      return faults.rollBackFeed()
    case 'feed loses a part':
      return faults.loseFeed()
    case 'calm':
      return faults.calm()
    default:
      return fault satisfies never
  }
}
