import { type DocumentStore, parseDocumentKey } from '@scopes/core'
import { describeDocument, type DescribedDocument } from '../documents/described-document.ts'
import { type DocumentRow, documentRow } from '../documents/document-row.ts'
import { jsonOf } from '../documents/json-value.ts'
import { type KeyedDocument, storedDocuments } from '../documents/stored-documents.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { oneOf, wholeNumber } from '../terminal/options.ts'
import { type Column, Table } from '../terminal/table.ts'
import { printable, sizeText, timeText } from '../terminal/texts.ts'
import { withStore } from './with-store.ts'

const states = ['living', 'overdue', 'ended', 'journal', 'lock', 'index', 'unreadable', 'foreign'] as const

const options = {
  kind: { type: 'string', multiple: true, short: 'k' },
  application: { type: 'string', short: 'a' },
  id: { type: 'string' },
  state: { type: 'string', multiple: true, short: 's' },
  limit: { type: 'string', short: 'n' },
  values: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
} as const

/** `scopes list`. */
export const list: Command = defineCommand({
  summary: 'The scopes in a store: kind, id, version, size, deadline, state.',
  operands: ['store'],
  options,
  help: `  --kind, -k KIND       scopes of this kind only; may be given more than once
  --application, -a A   scopes of this application only
  --id TEXT             scopes whose id begins with this text
  --state, -s STATE     ${states.join(', ')};
                        may be given more than once
  --limit, -n N         N rows at most
  --values              with --json: the state of each scope, too
  --all                 locks, indexes, journals of ends and documents of others, too`,
  notes: `Rows come as the store has them, and are not kept in memory. A document that cannot be read is a row, and no error.`,
  run: run => withStore(run, ({ store }) => listDocuments(run, store)),
})

const columns: readonly Column[] = [
  { title: 'KEY' },
  { title: 'VERSION', align: 'right' },
  { title: 'SIZE', align: 'right' },
  { title: 'DEADLINE' },
  { title: 'STATE' },
]

async function listDocuments(run: CommandRun<typeof options>, store: DocumentStore): Promise<ExitCode> {
  const { options: given, isJson, terminal, streams } = run
  const limit = wholeNumber('limit', given.limit, 1) ?? Infinity
  const isWanted = wanted(given)
  const table = new Table(columns, line => terminal.print(line))
  let rows = 0
  for await (const stored of storedDocuments(store, { kinds: given.kind, signal: streams.signal })) {
    const described = describeDocument(stored, streams.now())
    if (!isWanted(stored, described)) continue
    const row = documentRow(stored, described)
    if (isJson) await terminal.printJson(given.values ? { ...row, value: valueOf(described) } : row)
    else await table.add(cellsOf(row))
    if (++rows >= limit) break
  }
  await table.end()
  if (rows === 0 && !isJson) terminal.tell('There is none.')
  return exitCodes.done
}

/** Which documents the options ask for. @throws UsageError */
function wanted(
  given: CommandRun<typeof options>['options'],
): (stored: KeyedDocument, is: DescribedDocument) => boolean {
  const { application, id = '', all } = given
  const asked = given.state && new Set<string>(oneOf('state', given.state, states))
  return ({ key }, { type }) => {
    if (asked !== undefined && !asked.has(type)) return false
    const scope = parseDocumentKey(key)
    // What an option about scopes leaves open is not asked for.
    if (scope === undefined) return (all || asked !== undefined) && application === undefined && id === ''
    return (application === undefined || scope.application === application) && scope.id.startsWith(id)
  }
}

function valueOf(described: DescribedDocument): unknown {
  switch (described.type) {
    case 'living':
    case 'overdue':
    case 'ended':
    case 'journal':
      return jsonOf(described.document.state)
    case 'lock':
    case 'index':
      return jsonOf(described.value)
    case 'unreadable':
    case 'foreign':
      return undefined
    default:
      return described satisfies never
  }
}

function cellsOf({ key, version, bytes, deadline, state, reason, detail, error }: DocumentRow): readonly string[] {
  const time = deadline === undefined || deadline === null ? undefined : Date.parse(deadline)
  const why = detail ?? reason ?? error
  const stateText = why === undefined || why === state ? state : `${state}: ${printable(why)}`
  return [printable(key), version === undefined ? '–' : String(version), sizeText(bytes), timeText(time), stateText]
}
