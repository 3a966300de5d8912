import { parseDocumentKey } from '@scopes/core'
import { ExportWriter } from '../backup/export-writer.ts'
import { writeWholeFile } from '../backup/whole-file.ts'
import { applicationOf } from '../documents/application-of.ts'
import { describeDocument, type DescribedDocument } from '../documents/described-document.ts'
import { jsonOf } from '../documents/json-value.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { countText, isoTime } from '../terminal/texts.ts'
import type { OpenedStore } from '../store/open-store.ts'
import { watchedDocuments } from './watched.ts'
import { withStore } from './with-store.ts'

const options = {
  output: { type: 'string', short: 'o' },
  kind: { type: 'string', multiple: true, short: 'k' },
  application: { type: 'string', short: 'a' },
  values: { type: 'boolean', default: false },
} as const

/** `scopes export`. */
export const exportCommand: Command = defineCommand({
  summary: 'Every scope of a store as NDJSON: for a backup, and for import into another store.',
  operands: ['store'],
  options,
  help: `  --output, -o FILE     into a file, which is there as a whole or not at all; default: standard output
  --kind, -k KIND       scopes of this kind only; may be given more than once
  --application, -a A   scopes of this application only
  --values              the state of each scope beside its bytes, for other programs; an import does not look at it`,
  notes: `The documents as they are stored: histories, ends that wait for their handlers, indexes; those that cannot be read, too,
which verify tells. Locks stay where they are. The application may be running: each scope is as it was at some moment of
the export.`,
  run: run => withStore(run, opened => exportDocuments(run, opened)),
})

async function exportDocuments(run: CommandRun<typeof options>, opened: OpenedStore): Promise<ExitCode> {
  const { options: given, isJson, terminal, streams } = run
  const { output } = given
  const startedAt = streams.now()
  if (output === undefined) {
    const documents = await writeExport(run, opened, bytes => terminal.write(bytes))
    terminal.tell(`${countText(documents, 'document')} exported.`)
    return exitCodes.done
  }
  let documents = 0
  await writeWholeFile(output, async write => void (documents = await writeExport(run, opened, write)))
  if (isJson) await terminal.printJson({ file: output, documents, seconds: (streams.now() - startedAt) / 1000 })
  else terminal.tell(`${countText(documents, 'document')} exported to ${output}.`)
  return exitCodes.done
}

/** @returns how many documents were written */
async function writeExport(
  run: CommandRun<typeof options>,
  { store, name }: OpenedStore,
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<number> {
  const { options: given, streams } = run
  const writer = new ExportWriter(write)
  await writer.begin({ store: name, at: isoTime(streams.now()) })
  for await (const stored of watchedDocuments('export', store, { kinds: given.kind }, run)) {
    if (!isExported(stored.key, given.application)) continue
    const full = writer.add(stored, given.values ? valueOf(describeDocument(stored, streams.now())) : undefined)
    if (full !== undefined) await full
  }
  await writer.end()
  return writer.documents
}

function isExported(key: string, application: string | undefined): boolean {
  const isOwn = parseDocumentKey(key) !== undefined || key.startsWith('end:') || key.startsWith('index:')
  return isOwn && (application === undefined || applicationOf(key) === application)
}

function valueOf(described: DescribedDocument): unknown {
  return 'document' in described ? jsonOf(described.document.state) : undefined
}
