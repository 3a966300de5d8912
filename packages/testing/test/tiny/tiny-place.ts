import type { DocumentStore } from '@scopes/core'

import type { StoreUnderTest } from '../../src/contract/store-under-test.ts'
import { manualClock, type ManualClock } from '../../src/manual-clock.ts'
import { tinyDisk, type TinyDisk } from './tiny-disk.ts'
import { tinyStore } from './tiny-store.ts'

/** What a decorator of a tiny store is told. */
export interface TinyInside {
  readonly disk: TinyDisk
  readonly clock: ManualClock
}

/** Options of `tinyPlace`. */
interface TinyPlaceOptions {
  readonly expires?: boolean | undefined
  readonly decorate?: ((store: DocumentStore, inside: TinyInside) => DocumentStore) | undefined
}

/** A tiny disk with as many stores on it as a clause opens. */
export function tinyPlace({ expires = true, decorate = store => store }: TinyPlaceOptions = {}): StoreUnderTest {
  const disk = tinyDisk()
  const clock = manualClock()
  return {
    clock,
    open: async () => decorate(tinyStore(disk, clock, expires), { disk, clock }),
    truncateLog: async () => {
      disk.log = []
      disk.floor = disk.sequence
    },
    teardown: async () => {},
  }
}
