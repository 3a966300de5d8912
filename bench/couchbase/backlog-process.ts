import { openScopes } from '@scopes/core'
import { type CouchbaseAddress, couchbaseStore } from '@scopes/couchbase'
import { childInput, tellParent } from '../child.ts'

/** What a process that reads all documents of a bucket is given. */
export interface BacklogInput {
  readonly options: CouchbaseAddress
  readonly documents: number
  /** How often it reads them. */
  readonly readings: number
}

/** What it says of each reading. */
export interface BacklogMessage {
  readonly perSecond: number
  /** CPU time of the process for each document, in microseconds. */
  readonly cpu: number
  /** Held after it, in bytes. */
  readonly memory: number
}

// The program of a process that reads all documents from the beginning as changes, again and again. Needs --expose-gc.
const { options, documents, readings } = childInput() as BacklogInput
const store = couchbaseStore(options)
const scopes = await openScopes({ application: 'bench', store })
for (let reading = 0; reading < readings; reading++) {
  const before = process.cpuUsage()
  const begun = performance.now()
  let count = 0
  for await (const change of scopes.feed({ since: 'beginning', kinds: ['backlog'] })) {
    if ('key' in change && ++count === documents) break
  }
  const seconds = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(before)
  tellParent({
    perSecond: documents / seconds,
    cpu: (user + system) / documents,
    memory: heldBytes(),
  } satisfies BacklogMessage)
}

function heldBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Start this program with --expose-gc.')
  globalThis.gc()
  globalThis.gc()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
