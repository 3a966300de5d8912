import type { DocumentStore } from '@scopes/core'
import {
  countDocuments,
  type DocumentFilter,
  type KeyedDocument,
  storedDocuments,
} from '../documents/stored-documents.ts'
import type { CommandRun } from '../terminal/command.ts'
import { Progress } from '../terminal/progress.ts'

/**
 * Every document of the store, as `storedDocuments` brings them, with a bar where somebody watches. Only for him they are counted
 * first: no store says how many it has.
 */
export function watchedDocuments(
  what: string,
  store: DocumentStore,
  filter: Pick<DocumentFilter, 'kinds'>,
  run: Pick<CommandRun, 'terminal' | 'streams'>,
): AsyncGenerator<KeyedDocument, void, undefined> {
  const wanted = { ...filter, signal: run.streams.signal }
  return run.terminal.isWatched ? shownDocuments(what, store, wanted, run) : storedDocuments(store, wanted)
}

async function* shownDocuments(
  what: string,
  store: DocumentStore,
  wanted: DocumentFilter,
  { terminal, streams }: Pick<CommandRun, 'terminal' | 'streams'>,
): AsyncGenerator<KeyedDocument, void, undefined> {
  const progress = { show: (text: string) => terminal.showProgress(text), now: streams.now }
  progress.show('counting')
  const bar = new Progress(what, await countDocuments(store, wanted), progress)
  let done = 0
  for await (const stored of storedDocuments(store, wanted)) {
    yield stored
    bar.update(++done)
  }
  progress.show('')
}
