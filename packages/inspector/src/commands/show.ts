import type { LiveDocument, ScopeDocument } from '@scopes/core'
import { documentRow } from '../documents/document-row.ts'
import { jsonOf } from '../documents/json-value.ts'
import { valueText } from '../documents/value-text.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { wholeNumber } from '../terminal/options.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { isoTime, printable, sizeText, timeText } from '../terminal/texts.ts'
import { type AskedDocument, loadAsked, stateAtVersion } from './one-scope.ts'

const options = { at: { type: 'string' } } as const

/** `scopes show`. */
export const show: Command = defineCommand({
  summary: 'One scope: its state, now or at a version, and what its document says of it.',
  operands: ['store', 'key'],
  options,
  help: `  --at VERSION          the state at that version, as far back as the document holds it`,
  notes: `The key is kind:application:id, as list prints it; lock:…, index:… and end:… are shown as well.
A document that cannot be read is an error that says what is wrong with it and where.`,
  run: async run => showDocument(run, await loadAsked(run)),
})

async function showDocument(run: CommandRun<typeof options>, { stored, described }: AskedDocument): Promise<ExitCode> {
  const { terminal, isJson } = run
  const at = wholeNumber('at', run.options.at, 1)
  if (described.type === 'unreadable') throw described.error
  const row = documentRow(stored, described)
  const document = 'document' in described ? described.document : undefined
  const value = 'value' in described ? described.value : document && stateOf(stored.key, document, at)
  if (isJson) {
    await terminal.printJson({ ...row, ...(document && factsOf(document)), ...(at && { at }), value: jsonOf(value) })
    return exitCodes.done
  }
  await terminal.print(terminal.style('bold', printable(stored.key)))
  const lines = document ? linesOf(document, stored.bytes.length) : [['size', sizeText(stored.bytes.length)] as const]
  await printFacts(terminal, [['state', described.type], ...lines])
  await terminal.print('')
  if (at !== undefined) await terminal.print(terminal.style('dim', `at version ${at}:`))
  await terminal.print(value === undefined ? '(its state is gone)' : valueText(value, terminal.isColoured))
  return exitCodes.done
}

function stateOf(key: string, document: ScopeDocument, at: number | undefined): unknown {
  return at === undefined ? document.state : stateAtVersion(key, document, at)
}

/** What `--json` says beside the row of a list. */
function factsOf(document: ScopeDocument): Readonly<Record<string, unknown>> {
  if (document.type === 'ended') {
    const { at, delivery, next, of, schemaVersion } = document
    return { endedAt: isoTime(at), delivery, next, of, schemaVersion }
  }
  const { facts, snapshotVersion, snapshotBytes, tail, tailBytes } = document
  const { createdAt, schemaVersion, lifetime, keepEndsMs, isProvisional } = facts
  return {
    createdAt: isoTime(createdAt),
    schemaVersion: tail.at(-1)?.schemaVersion ?? schemaVersion,
    snapshotVersion,
    snapshotBytes,
    commits: tail.length,
    commitBytes: tailBytes,
    lifetime,
    keepEndsMs,
    isProvisional,
  }
}

type Fact = readonly [name: string, text: string]

function linesOf(document: ScopeDocument, bytes: number): readonly Fact[] {
  const { life, version, commitId, deadline } = document
  const identity: Fact = ['version', `${version}, commit ${commitId}`]
  const common: readonly Fact[] = [identity, ['life', life]]
  if (document.type === 'live') {
    return [
      ...common,
      ['created', timeText(document.facts.createdAt)],
      ['deadline', deadline === 0 ? 'never' : timeText(deadline * 1000)],
      ['size', `${sizeText(bytes)}: ${partsOf(document)}`],
      ['schema', `version ${document.tail.at(-1)?.schemaVersion ?? document.facts.schemaVersion}`],
    ]
  }
  const { reason, detail, at, delivery, next, of } = document
  return [
    ...common,
    ['ended', `${timeText(at)}: ${reason}${detail === undefined ? '' : `, ${printable(detail)}`}`],
    [
      'handlers',
      delivery.type === 'delivered' ? 'told, or there are none' : `not told yet, ${delivery.attempt} failures`,
    ],
    ...(next === undefined ? [] : [['rotated to', `life ${next}`] as const]),
    ...(of === undefined ? [] : [['scope', printable(of)] as const]),
    ['size', sizeText(bytes)],
  ]
}

function partsOf({ snapshotVersion, snapshotBytes, tail, tailBytes }: LiveDocument): string {
  const snapshot = `snapshot of version ${snapshotVersion} ${sizeText(snapshotBytes)}`
  return tail.length === 0 ? snapshot : `${snapshot}, commits ${tail.length} in ${sizeText(tailBytes)}`
}

async function printFacts(terminal: Terminal, facts: readonly Fact[]): Promise<void> {
  const width = Math.max(...facts.map(([name]) => name.length))
  for (const [name, text] of facts) await terminal.print(`  ${terminal.style('dim', name.padEnd(width))}  ${text}`)
}
