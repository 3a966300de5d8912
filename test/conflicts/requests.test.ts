import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { Browser } from './browser.ts'
import { type Outcome, judge } from './judge.ts'
import { Ledger } from './ledger.ts'
import { plan } from './plan.ts'
import type { Step } from './process/requests.ts'
import { randomOf, rounds, seed } from './settings.ts'
import { type Operation, type SheetKind, kinds } from './sheet.ts'
import { type WriterProcess, type Writers, startWriters, startMs } from './start-writers.ts'
import { pairs, sharedStores } from './stores.ts'

// The same through web applications: every operation is a request of one visitor, to one of the processes.

const requestsEach = 8

/** One visitor, and all that he tried at the applications. */
class Visit {
  readonly ledger: Ledger = new Ledger()
  readonly #browser: Browser
  readonly #kind: SheetKind

  constructor(kind: SheetKind, name: string) {
    this.#browser = new Browser(name)
    this.#kind = kind
  }

  /** One request that makes one change. What never was answered is unknown. */
  async request(url: string, operation: Operation, further: readonly Step[] = []): Promise<Outcome> {
    this.ledger.expect([operation])
    try {
      const { outcome } = await this.#browser.request(url, this.#kind, [{ type: 'do', operation }, ...further])
      this.ledger.enter([operation], [outcome])
      return outcome
    } catch {
      return { type: 'unknown' }
    }
  }

  /** The process finds all that was acknowledged, once. */
  async mustBeWhole(reader: WriterProcess): Promise<void> {
    const view = await reader.ask('read', this.#browser.sheet(this.#kind))
    expect(judge(view, this.ledger.tried)).toEqual([])
  }
}

async function serveAll({ processes }: Writers): Promise<readonly string[]> {
  return Promise.all(processes.map(writer => writer.ask('serve', {})))
}

describe.each(pairs)(`$store, $processes applications (seed ${seed})`, ({ store, processes }) => {
  let writers: Writers
  let urls: readonly string[]
  beforeAll(async () => {
    writers = await startWriters(store, processes)
    urls = await serveAll(writers)
    return () => writers.close()
  }, startMs)

  test.each(kinds)(
    '%s: requests that all began before the first was answered keep what each of them did',
    async kind => {
      const visit = new Visit(kind, 'together')
      const random = randomOf(20)
      const [[first] = []] = plan(random, { name: 'first', writers: 1, operations: 1 })
      if (first) await visit.request(urls[0] ?? '', first)
      for (let round = 0; round < rounds; round++) {
        const pause = `${kind} ${round}`
        const requests = urls.flatMap((url, index) => {
          const options = { name: `r${round}.p${index}`, writers: requestsEach, operations: 1, way: 'draft' } as const
          return plan(random, options)
            .flat()
            .map(operation => visit.request(url, operation, [{ type: 'pause', name: pause }]))
        })
        await Promise.all(
          writers.processes.map(writer =>
            writer.untilTold(requestsEach, told => told.type === 'pausing' && told.pause === pause),
          ),
        )
        for (const writer of writers.processes) await writer.ask('go', { pause })
        const outcomes = await Promise.all(requests)
        expect(outcomes.filter(({ type }) => type !== 'done')).toEqual([])
        for (const writer of writers.processes) await visit.mustBeWhole(writer)
      }
    },
  )

  test.each(kinds)('%s: requests of all sorts as fast as they come keep what each of them did', async kind => {
    const visit = new Visit(kind, 'free')
    const random = randomOf(21)
    const [[first] = []] = plan(random, { name: 'first', writers: 1, operations: 1 })
    if (first) await visit.request(urls[0] ?? '', first)
    const visiting = urls.flatMap((url, index) =>
      plan(random, { name: `p${index}`, writers: requestsEach, operations: 2 * rounds }).map(async lane => {
        const outcomes: Outcome[] = []
        for (const operation of lane) outcomes.push(await visit.request(url, operation))
        return outcomes
      }),
    )
    const outcomes = await Promise.all(visiting)
    expect(outcomes.flat().filter(({ type }) => type !== 'done')).toEqual([])
    for (const writer of writers.processes) await visit.mustBeWhole(writer)
  })
})

describe.each(sharedStores)(`%s, an application is killed (seed ${seed})`, store => {
  test('with requests under way: what was answered is there, the rest once or not at all', async () => {
    const writers = await startWriters(store, 2)
    onTestFinished(() => writers.close())
    const [victim, other] = writers.processes
    const [victimUrl = '', otherUrl = ''] = await serveAll(writers)
    if (victim === undefined || other === undefined) throw new Error('There is a process missing.')
    const visits = kinds.map(kind => new Visit(kind, 'killed'))
    const random = randomOf(22)
    const [[first] = []] = plan(random, { name: 'first', writers: 1, operations: 1 })
    if (first) await Promise.all(visits.map(visit => visit.request(victimUrl, first)))
    const before = await victim.countNow('executed')
    await victim.ask('hold', { at: 'executed' })
    const visiting = visits.flatMap(visit =>
      [victimUrl, otherUrl].flatMap((url, index) =>
        plan(random, { name: `p${index}`, writers: requestsEach, operations: 3 }).map(async lane => {
          const outcomes: Outcome[] = []
          for (const operation of lane) outcomes.push(await visit.request(url, operation))
          return { url, outcomes }
        }),
      ),
    )
    const writes = 1 + random.below(4)
    for (let done = 1; done <= writes; done++) {
      if (done > 1) await victim.ask('letOn', {})
      await victim.until('executed', before + done)
    }
    // The last one is executed, and its requests have no answer.
    victim.signal('SIGKILL')
    const answered = await Promise.all(visiting)
    const atOther = answered.filter(({ url }) => url === otherUrl).flatMap(({ outcomes }) => outcomes)
    expect(atOther.filter(({ type }) => type !== 'done')).toEqual([])
    const newcomer = await writers.add()
    const unanswered = visits.flatMap(({ ledger }) => ledger.outcomes('unknown'))
    expect(unanswered.length).toBeGreaterThan(0)
    for (const visit of visits) await visit.mustBeWhole(newcomer)
  })
})
