import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openScopes } from '@scopes/core'
import { sqliteStore } from '@scopes/sqlite'
import { replicas } from '@scopes/sync'
import { type Observable, distinctUntilKeyChanged, filter, firstValueFrom, lastValueFrom } from 'rxjs'
import { Cable } from './cable.ts'
import { Lot, type LotState } from './lot.ts'
import type { Order } from './writer.ts'

// The process that watches: it asks the store for nothing as long as its feed is live.
const directory = await mkdtemp(join(tmpdir(), 'scopes-live-'))
const path = join(directory, 'auction.db')
const store = sqliteStore({ path })
const cable = new Cable(store.feed)
const scopes = await openScopes({
  application: 'auction',
  store,
  feed: cable,
  cluster: false,
  cache: replicas({ maxLagMs: 60_000 }), // what is printed here must not depend on how busy the machine is
})

const print = (what: string, text: string): void => console.log(`${what.padEnd(9)} ${text}`)
const shown = ({ bid, bidder }: Readonly<LotState>): string => `${bid} by ${bidder}`
const until = <T>(source: Observable<T>, isWanted: (value: T) => boolean): Promise<T> =>
  firstValueFrom(source.pipe(filter(isWanted)))

// Each try to open the feed again is told; here once is enough.
const status$ = scopes.status$.pipe(distinctUntilKeyChanged('type'))
status$.subscribe(status => {
  const why = status.type === 'degraded' ? `: ${status.reason}, ${String(status.error)}` : ''
  print('status$', `${status.type}${why}`)
})
await until(status$, ({ type }) => type === 'live')

const lot = await scopes.open(Lot, '4711')
lot.changes$.subscribe(change => {
  const places = 'patches' in change ? change.patches.map(patch => patch.path.join('.')).join(' ') : ''
  print('changes$', `version ${change.version} ${change.type} ${places}`.trim())
})
lot.value$.subscribe({ next: value => print('value$', shown(value)), complete: () => print('value$', 'complete') })

const writer = fork(new URL('writer.ts', import.meta.url), [path])
await once(writer, 'message')

/** Lets the other process write, and gives the stamp of it. */
async function order(what: Order): Promise<string> {
  print('writer', what === 'sell' ? 'sells' : shown(what))
  writer.send(what)
  const [stamp] = (await once(writer, 'message')) as [string]
  return stamp
}

await order({ bid: 10, bidder: 'Ada' })
await until(lot.value$, ({ bid }) => bid === 10)
await order({ bid: 20, bidder: 'Ben' })
await until(lot.value$, ({ bid }) => bid === 20)

print('cable', 'is cut')
cable.cut()
await until(status$, ({ type }) => type === 'degraded')
const stamp = await order({ bid: 30, bidder: 'Cleo' })
print('value', `${shown(lot.value)}, for all that memory knows`)

// Whoever has to see a certain write brings its stamp: the store is asked, because memory cannot prove that it has it.
const { freshness, value } = await scopes.open(Lot, '4711', { atLeast: stamp })
print('open', `${shown(value)}, ${freshness}`)
await order({ bid: 40, bidder: 'Ada' })
await order({ bid: 50, bidder: 'Ben' })

print('cable', 'is restored')
cable.restore()
await until(status$, ({ type }) => type === 'live')
const complete = lastValueFrom(lot.value$)
await order('sell')
await complete

writer.disconnect()
await once(writer, 'exit')
await scopes.close()
await rm(directory, { recursive: true })
