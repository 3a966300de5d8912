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
export async function* watchedDocuments(
  what: string,
  store: DocumentStore,
  filter: Pick<DocumentFilter, 'kinds'>,
  { terminal, streams }: Pick<CommandRun, 'terminal' | 'streams'>,
): AsyncGenerator<KeyedDocument, void, undefined> {
  const wanted = { ...filter, signal: streams.signal }
  if (!terminal.isWatched) {
    yield* storedDocuments(store, wanted)
    return
  }
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
