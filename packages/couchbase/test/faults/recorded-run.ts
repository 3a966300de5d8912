import {
  type ScopeDefinition,
  type ScopeKey,
  decodeDocument,
  defineScope,
  documentKey,
  openScopes,
  type DocumentStore,
} from '@scopes/core'
import {
  type History,
  type HistoryRecorder,
  type Ledger,
  RecordedScopes,
  type RecordedScope,
  type SeededRandom,
  checkHistory,
  emptyLedger,
  explainViolation,
  historyRecorder,
  seededRandom,
} from '@scopes/testing'
import { expect } from 'vitest'

/** The seed of every run, from the environment; each test names it. */
export const seed: number = Number(process.env['FAULT_SEED'] ?? 1)

/** What all processes of a run write to. */
const definition: ScopeDefinition<Ledger> = defineScope({ kind: 'ledger', initial: emptyLedger, idle: '90d' })

/** How much is written, and by whom. */
export interface RunOptions {
  /** A store of its own for each process. */
  readonly newStore: () => DocumentStore
  readonly processes: number
  readonly scopes: number
  /** Commits of each process to each scope. */
  readonly commits: number
  /** Told after each commit how many were tried so far. */
  readonly onCommit?: ((count: number) => void) | undefined
}

/** Processes that write to the same scopes at the same time, in every way there is. */
export async function recordedRun({
  newStore,
  processes,
  scopes,
  commits,
  onCommit,
}: RunOptions): Promise<HistoryRecorder> {
  const recorder = historyRecorder()
  const keys = Array.from({ length: scopes }, (_, index) => keyOf(`scope-${index}`))
  let count = 0
  await Promise.all(
    Array.from({ length: processes }, async (_, index) => {
      const name = `p${index}`
      const opened = await openScopes({
        reaper: false,
        application: 'faults',
        store: newStore(),
        openTimeoutMs: 60_000,
        process: name,
        commitTimeoutMs: 60_000,
      })
      const recorded = new RecordedScopes(opened, { recorder, process: name, isFresh: true, isBehind: false })
      const write = async (key: ScopeKey, place: number): Promise<void> => {
        const random = seededRandom(seed * 10_000 + index * 100 + place)
        const marks: string[] = []
        for (let round = 0; round < commits;) {
          const scope = await recorded.open(definition, key)
          // Nothing is tried of a write whose scope was not reached.
          if (!scope) continue
          const mark = `${name}.${place}.${round++}`
          if (await writeOnce(scope, mark, marks, random)) marks.push(mark)
          onCommit?.(++count)
        }
      }
      await Promise.all(keys.map(write))
      await recorded.close()
    }),
  )
  return recorder
}

async function writeOnce(
  scope: RecordedScope,
  mark: string,
  marks: readonly string[],
  random: SeededRandom,
): Promise<boolean> {
  const clears = random.chance(0.2) ? marks.at(-1) : undefined
  const write = { mark, traces: ['list', 'field', 'member', 'last'], clears, padding: random.below(60) } as const
  return random.chance(0.5) ? scope.update(write) : scope.commitDraft(write, async () => {})
}

/**
 * Nothing is wrong with what was written down, now that `store` holds the final states: no acknowledged commit is missing,
 * none is there twice, and none that failed. To be called when nothing is under way any more.
 */
export async function expectSound(recorder: HistoryRecorder, store: DocumentStore): Promise<void> {
  const { history } = recorder
  const judge = await openScopes({ application: 'faults', store, process: 'judge', openTimeoutMs: 60_000 })
  const recorded = new RecordedScopes(judge, { recorder, process: 'judge', isFresh: true, isBehind: false })
  for (const key of keysIn(history)) {
    const scope = await recorded.open(definition, key)
    const stored = await store.load(documentKey(key))
    if (!scope || !stored) continue
    const { life, version, commitId } = decodeDocument(stored.bytes)
    const { ledger } = scope.sighting
    recorder.write('judge', { type: 'final', scope: documentKey(key), life, version, commitId, isEnded: false, ledger })
  }
  await judge.close()
  const [worst] = checkHistory(recorder.history)
  expect(worst && explainViolation(recorder.history, worst)).toBeUndefined()
}

/** How many writes of a history ended so. */
export function countOf(history: History, type: 'succeeded' | 'failed'): number {
  return history.events.filter(event => event.type === type && (type === 'failed' || 'version' in event)).length
}

function keyOf(id: string): ScopeKey {
  return { application: 'faults', kind: definition.kind, id }
}

function keysIn({ events }: History): readonly ScopeKey[] {
  const keys = new Set(events.flatMap(event => (event.type === 'began' ? [event.scope] : [])))
  return [...keys].map(key => keyOf(key.slice(key.lastIndexOf(':') + 1)))
}
