import type { DocumentStore } from '@scopes/core'
import { describeDocument, type DescribedDocument } from '../documents/described-document.ts'
import { documentRow } from '../documents/document-row.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { countText, printable } from '../terminal/texts.ts'
import { watchedDocuments } from './watched.ts'
import { withStore } from './with-store.ts'

const options = { kind: { type: 'string', multiple: true, short: 'k' } } as const

/** `scopes verify`. */
export const verify: Command = defineCommand({
  summary: 'Decodes every document of a store, and tells those that cannot be read.',
  operands: ['store'],
  options,
  help: `  --kind, -k KIND       documents of this kind only; may be given more than once`,
  notes: `Every byte is checked: checksums, versions without a gap, values. Exits with 1 when a document cannot be read; nothing is
changed. With --json a row for each of those, and one with the counts at the end.`,
  run: run => withStore(run, ({ store }) => verifyDocuments(run, store)),
})

async function verifyDocuments(run: CommandRun<typeof options>, store: DocumentStore): Promise<ExitCode> {
  const { options: given, isJson, terminal, streams } = run
  const counts = new Map<DescribedDocument['type'], number>()
  const startedAt = streams.now()
  for await (const stored of watchedDocuments('verify', store, { kinds: given.kind }, run)) {
    const described = describeDocument(stored, streams.now(), { defersState: false })
    counts.set(described.type, (counts.get(described.type) ?? 0) + 1)
    if (described.type !== 'unreadable') continue
    if (isJson) await terminal.printJson(documentRow(stored, described))
    else await terminal.print(`${terminal.style('red', 'unreadable')}  ${printable(described.error.message)}`)
  }
  const documents = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const unreadable = counts.get('unreadable') ?? 0
  const foreign = counts.get('foreign') ?? 0
  const seconds = (streams.now() - startedAt) / 1000
  if (isJson) {
    await terminal.printJson({ documents, unreadable, foreign, states: Object.fromEntries(counts), seconds })
  } else {
    const states = [...counts].map(([state, count]) => `${count.toLocaleString('en')} ${state}`)
    await terminal.print(`${countText(documents, 'document')}${states.length === 0 ? '' : `: ${states.join(', ')}`}`)
  }
  return unreadable === 0 ? exitCodes.done : exitCodes.failed
}
