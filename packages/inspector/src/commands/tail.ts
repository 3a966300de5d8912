import { type DocumentStore, parseDocumentKey } from '@scopes/core'
import { jsonOf } from '../documents/json-value.ts'
import { type StoredChange, storedChanges } from '../documents/stored-changes.ts'
import { valueLine } from '../documents/value-text.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { wholeNumber } from '../terminal/options.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { isoTime, printable, timeText } from '../terminal/texts.ts'
import { commitText, endText, jsonOfCommit } from './history.ts'
import { printChanges } from './print-changes.ts'
import { withStore } from './with-store.ts'

const options = {
  kind: { type: 'string', multiple: true, short: 'k' },
  application: { type: 'string', short: 'a' },
  id: { type: 'string' },
  limit: { type: 'string', short: 'n' },
  touched: { type: 'boolean', default: false },
} as const

/** `scopes tail`. */
export const tail: Command = defineCommand({
  summary: 'What changes in a store, as it happens, until it is stopped.',
  operands: ['store'],
  options,
  help: `  --kind, -k KIND       scopes of this kind only; may be given more than once
  --application, -a A   scopes of this application only
  --id TEXT             scopes whose id begins with this text
  --limit, -n N         ends after N rows
  --touched             renewals and compactions, too: no new version`,
  notes: `Each commit once, with what history tells of it. Of a scope that it has not seen before its newest commit is told, and
what was committed since the program began; where the output is read slowly, what its document still holds.`,
  run: run => withStore(run, ({ store, name }) => follow(run, store, name)),
})

type ScopeRow = Exclude<StoredChange, { readonly partition: number }>

async function follow(run: CommandRun<typeof options>, store: DocumentStore, name: string): Promise<ExitCode> {
  const { options: given, isJson, terminal, streams } = run
  const limit = wholeNumber('limit', given.limit, 1) ?? Infinity
  let rows = 0
  let isFollowing = false
  for await (const change of storedChanges(store, {
    kinds: given.kind,
    signal: streams.signal,
    startedAt: streams.now(),
  })) {
    if ('partition' in change) {
      if (change.type === 'caught-up' && !isFollowing) terminal.tell(`Following ${name}.`)
      if (change.type !== 'caught-up') terminal.tell(setBacks[change.type])
      isFollowing = true
      continue
    }
    if (!isWanted(change, given)) continue
    if (isJson) await terminal.printJson(jsonOfChange(change))
    else await printChange(terminal, change)
    if (++rows >= limit) break
  }
  return streams.signal.aborted ? exitCodes.interrupted : exitCodes.done
}

const setBacks = {
  'rolled-back': 'The store was rolled back: what was told last may have been taken back.',
  lost: 'The log of the store no longer reaches back: something may be missing; every document is told again.',
}

function isWanted(change: ScopeRow, { application, id = '', touched }: CommandRun<typeof options>['options']): boolean {
  if (change.type === 'touched' && !touched) return false
  // Locks come and go all the time.
  const scope = parseDocumentKey(change.key)
  if (scope === undefined) return false
  return (application === undefined || scope.application === application) && scope.id.startsWith(id)
}

function jsonOfChange(change: ScopeRow): unknown {
  const { type, key } = change
  switch (change.type) {
    case 'commit':
      return { type, key, version: change.commit.version, ...jsonOfCommit(change.commit) }
    case 'version': {
      const { version, document, state } = change
      return {
        type,
        key,
        version,
        life: document.life,
        createdAt: isoTime(document.facts.createdAt),
        state: jsonOf(state),
      }
    }
    case 'touched': {
      const { life, version, deadline, state } = change.document
      return {
        type,
        key,
        version,
        life,
        deadline: deadline === 0 ? null : isoTime(deadline * 1000),
        state: jsonOf(state),
      }
    }
    case 'ended': {
      const { life, version, at, reason, detail } = change.document
      return { type, key, version, life, at: isoTime(at), reason, detail }
    }
    case 'removed':
      return { type, key, reason: change.reason }
    case 'unreadable':
      return { type, key, error: change.error.message }
    default:
      return change satisfies never
  }
}

async function printChange(terminal: Terminal, change: ScopeRow): Promise<void> {
  const key = terminal.style('bold', printable(change.key))
  switch (change.type) {
    case 'commit':
      await terminal.print(`${key} version ${change.commit.version}  ${commitText(terminal, change.commit)}`)
      return printChanges(terminal, change.commit.patches, change.before)
    case 'version': {
      const { version, document, state } = change
      const what = version === 1 ? `created ${timeText(document.facts.createdAt)}` : 'its commits have been compacted'
      return terminal.print(`${key} version ${version}  ${what}\n    ${valueLine(state)}`)
    }
    case 'touched': {
      const { version, deadline } = change.document
      return terminal.print(
        `${key} version ${version}  written anew, ends ${timeText(deadline === 0 ? undefined : deadline * 1000)}`,
      )
    }
    case 'ended': {
      const { version, at, reason, detail } = change.document
      return terminal.print(
        `${key} version ${version}  ${terminal.style('red', endText(reason, detail))} ${timeText(at)}`,
      )
    }
    case 'removed':
      return terminal.print(`${key} ${change.reason === 'expired' ? 'gone: the store has expired it' : 'removed'}`)
    case 'unreadable':
      return terminal.print(`${key} ${terminal.style('red', 'unreadable')}: ${printable(change.error.message)}`)
    default:
      change satisfies never
  }
}
