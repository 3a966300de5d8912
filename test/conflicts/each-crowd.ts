import { beforeAll, describe } from 'vitest'
import { type WriterProcess, type Writers, startMs, startWriters } from './start-writers.ts'
import { storesOfThisRun } from './stores.ts'

/** So many processes on one store. */
export interface CrowdOfProcesses {
  readonly processes: number
  /** They are there while the tests run. Sheets of another crowd may be in their store. */
  readonly writers: () => readonly WriterProcess[]
}

/** Declares the tests for every store and number of processes; the processes of a store are started once. */
export function eachCrowd(title: string, declare: (crowd: CrowdOfProcesses) => void): void {
  describe.each(storesOfThisRun)(`$store, ${title}`, ({ store, counts }) => {
    let started: Writers
    beforeAll(async () => {
      started = await startWriters(store, Math.max(...counts))
      return () => started.close()
    }, startMs)
    describe.each(counts)('%i processes', processes => {
      declare({ processes, writers: () => started.processes.slice(0, processes) })
    })
  })
}
