import type { CommitInfo, Operation } from '@scopes/core'
import { jsonOf } from '../documents/json-value.ts'
import { type TimelineEntry, isMergedCommit, timelineOf } from '../documents/timeline.ts'
import { pathText, valueLine } from '../documents/value-text.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { isoTime, printable, timeText } from '../terminal/texts.ts'
import { loadAskedScope } from './one-scope.ts'
import { printChanges } from './print-changes.ts'

/** `scopes history`. */
export const history: Command = defineCommand({
  summary: 'Who changed a scope, and what: the commits that its document still holds, oldest first.',
  operands: ['store', 'key'],
  options: {},
  help: '',
  notes: `For each commit its version, time, process and request, what it changed, and what was meant (inc, append …). One that
began before others had committed is told as merged, with the version at which it began; an update that ran again
began on the version before its own, and looks like any other.
The document holds up to 64 commits; what was before is in its snapshot, without its history.`,
  run: async run => {
    const { key, document } = await loadAskedScope(run)
    return printHistory(run, key, timelineOf(document))
  },
})

async function printHistory(
  { terminal, isJson }: Pick<CommandRun, 'terminal' | 'isJson'>,
  key: string,
  entries: readonly TimelineEntry[],
): Promise<ExitCode> {
  if (!isJson) await terminal.print(terminal.style('bold', printable(key)))
  for (const entry of entries) {
    if (isJson) await terminal.printJson(jsonOfEntry(key, entry))
    else await printEntry(terminal, entry)
  }
  return exitCodes.done
}

function jsonOfEntry(key: string, entry: TimelineEntry): unknown {
  const { type, version } = entry
  switch (entry.type) {
    case 'snapshot': {
      const { life, facts } = entry.document
      return { key, type, version, life, createdAt: isoTime(facts.createdAt), state: jsonOf(entry.state) }
    }
    case 'commit':
      return { key, type, version, ...jsonOfCommit(entry.commit), isMerged: entry.isMerged }
    case 'end': {
      const { life, commitId, at, reason, detail, state } = entry.document
      return { key, type, version, life, commitId, at: isoTime(at), reason, detail, state: jsonOf(state) }
    }
    default:
      return entry satisfies never
  }
}

/** A commit as JSON: whose it is, and what it changed. */
export function jsonOfCommit(commit: CommitInfo): Readonly<Record<string, unknown>> {
  const { commitId, baseVersion, schemaVersion, at, origin, patches, ops } = commit
  const { process, request } = origin
  const changes = { patches: jsonOf(patches), ops: jsonOf(ops) }
  return { commitId, baseVersion, schemaVersion, at: isoTime(at), process, request, ...changes }
}

async function printEntry(terminal: Terminal, entry: TimelineEntry): Promise<void> {
  const version = terminal.style('bold', `version ${entry.version}`)
  switch (entry.type) {
    case 'snapshot': {
      const { createdAt } = entry.document.facts
      const what = entry.version === 1 ? `created ${timeText(createdAt)}` : 'what was before has been compacted'
      await terminal.print(`\n${version}  ${what}`)
      await terminal.print(`    state: ${valueLine(entry.state)}`)
      return
    }
    case 'commit': {
      await terminal.print(`\n${version}  ${commitText(terminal, entry.commit)}`)
      for (const operation of entry.commit.ops) {
        await terminal.print(terminal.style('dim', `    meant: ${operationText(operation)}`))
      }
      await printChanges(terminal, entry.commit.patches, entry.before)
      return
    }
    case 'end': {
      const { at, reason, detail, state } = entry.document
      await terminal.print(`\n${version}  ${endText(reason, detail)} ${timeText(at)}`)
      if (state !== undefined) await terminal.print(`    final state: ${valueLine(state)}`)
      return
    }
    default:
      entry satisfies never
  }
}

/** Whose commit it is, in one line: time, process, request, and the version it was merged from. */
export function commitText(terminal: Terminal, commit: CommitInfo): string {
  const { at, baseVersion, origin } = commit
  const { process, request } = origin
  const by = `by ${printable(process)}${request === undefined ? '' : ` in ${printable(request)}`}`
  const text = `${timeText(at)} ${by}`
  return isMergedCommit(commit) ? `${text}, ${terminal.style('yellow', `merged from version ${baseVersion}`)}` : text
}

/** How a scope has ended. */
export function endText(reason: string, detail: string | undefined): string {
  return `${reason}${detail === undefined ? '' : ` (${printable(detail)})`}`
}

function operationText({ name, path, args }: Operation): string {
  return [printable(name), pathText(path), ...args.map(valueLine)].join(' ')
}
