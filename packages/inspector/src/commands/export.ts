import { ExportWriter } from '../backup/export-writer.ts'
import { writeWholeFile } from '../backup/whole-file.ts'
import { applicationOf } from '../documents/application-of.ts'
import { describeDocument, type DescribedDocument } from '../documents/described-document.ts'
import { jsonOf } from '../documents/json-value.ts'
import type { KeyedDocument } from '../documents/stored-documents.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../program/command.ts'
import { countText, isoTime } from '../program/texts.ts'
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
  notes: `The documents as they are stored: histories, ends that wait for their handlers, indexes; those that cannot be read, too.
Locks stay where they are. The application may be running: each scope is as it was at some moment of the export.`,
  run: run => withStore(run, opened => exportDocuments(run, opened)),
})

async function exportDocuments(run: CommandRun<typeof options>, opened: OpenedStore): Promise<ExitCode> {
  const { options: given, isJson, terminal } = run
  const { output } = given
  const startedAt = run.streams.now()
  const write = (to: (text: string) => Promise<void>): Promise<ExportCount> => writeExport(run, opened, to)
  if (output === undefined) {
    report(terminal.tell.bind(terminal), await write(text => terminal.print(text.replace(/\n$/, ''))))
    return exitCodes.done
  }
  let count: ExportCount | undefined
  await writeWholeFile(output, async to => void (count = await write(to)))
  const seconds = (run.streams.now() - startedAt) / 1000
  if (isJson) await terminal.printJson({ file: output, ...count, seconds })
  else if (count) report(terminal.tell.bind(terminal), count, output)
  return exitCodes.done
}

interface ExportCount {
  readonly documents: number
  readonly unreadable: number
}

async function writeExport(
  run: CommandRun<typeof options>,
  { store, name }: OpenedStore,
  to: (text: string) => Promise<void>,
): Promise<ExportCount> {
  const { options: given, streams } = run
  const writer = new ExportWriter(to)
  let unreadable = 0
  await writer.begin({ store: name, at: isoTime(streams.now()) })
  for await (const stored of watchedDocuments('export', store, { kinds: given.kind }, run)) {
    const described = describeDocument(stored, streams.now())
    if (!isExported(stored, described, given.application)) continue
    if (described.type === 'unreadable') unreadable++
    await writer.add(stored, given.values ? valueOf(described) : undefined)
  }
  await writer.end()
  return { documents: writer.documents, unreadable }
}

function isExported({ key }: KeyedDocument, described: DescribedDocument, application: string | undefined): boolean {
  if (key.startsWith('lock:') || described.type === 'foreign') return false
  return application === undefined || applicationOf(key) === application
}

function valueOf(described: DescribedDocument): Readonly<Record<string, unknown>> | undefined {
  return 'document' in described ? { value: jsonOf(described.document.state) } : undefined
}

function report(tell: (line: string) => void, { documents, unreadable }: ExportCount, output?: string): void {
  tell(`${countText(documents, 'document')} exported${output === undefined ? '' : ` to ${output}`}.`)
  if (unreadable > 0) {
    tell(
      `${countText(unreadable, 'document')} among them cannot be read: they are exported as they are, and no import takes them.`,
    )
  }
}
