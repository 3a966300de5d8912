import { join } from 'node:path'
import type { DocumentStore } from '@scopes/core'
import { startCouchbaseServer } from '@scopes/testing/couchbase-server'
import { describe, onTestFinished } from 'vitest'
import { openStore } from '../src/store/open-store.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** An empty store of a test. */
export interface Place {
  /** As it is given to the program. */
  readonly address: string
  /** Opens it; it is closed with the test. */
  readonly open: () => Promise<DocumentStore>
}

/** Makes an empty store, on each kind of store. */
export const places: Readonly<Record<'sqlite' | 'couchbase', () => Promise<Place>>> = {
  sqlite: async () => placeAt(`sqlite:${join(await temporaryDirectory(), 'scopes.db')}`),
  couchbase: async () => {
    const server = await startCouchbaseServer({ buckets: [{ name: 'scopes', vbuckets: 4 }] })
    onTestFinished(() => server.close())
    return placeAt(`${server.connectionString.replace('://', '://Administrator:password@')}/scopes`)
  },
}

/** The tests, once on each store: `place` makes an empty one. */
export function describeEachPlace(name: string, tests: (place: () => Promise<Place>) => void): void {
  describe.each(Object.entries(places))(`${name}, on %s`, (_, place) => {
    tests(place)
  })
}

function placeAt(address: string): Place {
  return {
    address,
    open: async () => {
      const { store } = await openStore(address, { creates: true })
      onTestFinished(() => store.close())
      return store
    },
  }
}
