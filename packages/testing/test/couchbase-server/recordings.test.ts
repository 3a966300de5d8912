import { existsSync } from 'node:fs'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { NOT_PASSED, reasonNotPassed } from './golden/not-passed.ts'
import { readRecordings, recordingsFolder, type BucketType, type Scenario } from './golden/recording.ts'
import { replay, type ReplayTarget } from './golden/replay.ts'
import { serverTarget } from './golden/server-target.ts'

const folder = recordingsFolder()

describe.skipIf(!existsSync(folder))(`recorded answers of a real engine (skipped without ${shown(folder)})`, () => {
  let target: ReplayTarget & AsyncDisposable
  beforeAll(async () => {
    target = await serverTarget()
  })
  afterAll(async () => {
    await target[Symbol.asyncDispose]()
  })

  const recordings = existsSync(folder) ? readRecordings(folder) : []
  for (const { group, scenarios } of recordings) {
    describe(group, () => {
      for (const scenario of scenarios) for (const type of typesOf(scenario)) test(scenario, type)
    })
  }

  function test(scenario: Scenario, type: BucketType): void {
    const reason = reasonNotPassed(scenario.name)
    const name = `${scenario.name} (${type}): ${scenario.why}${reason === undefined ? '' : `; not passed: ${reason}`}`
    const run = (): Promise<void> => replay(scenario, target, type)
    if (reason === undefined) it(name, run)
    else it.fails(name, run)
  }

  it('every entry of the list of scenarios not passed is about one that there is', () => {
    const names = recordings.flatMap(({ scenarios }) => scenarios.map(({ name }) => name))
    const idle = NOT_PASSED.filter(({ scenario }) => !names.some(name => scenario.test(name)))
    expect(idle).toEqual([])
  })
})

/** The bucket it was recorded on, and those on which the same was seen. */
function typesOf({ bucket, sameOn = [] }: Scenario): readonly BucketType[] {
  return [...new Set([bucket.type, ...sameOn])]
}

function shown(path: string): string {
  return path.split('/').slice(-2).join('/')
}
