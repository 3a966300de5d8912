import type { DocumentStore } from '@scopes/core'
import { applicationOf } from '../documents/application-of.ts'
import { describeDocument } from '../documents/described-document.ts'
import { purgeReason, type PurgeReason } from '../documents/purgeable.ts'
import type { KeyedDocument } from '../documents/stored-documents.ts'
import { type Command, type CommandRun, defineCommand, type ExitCode, exitCodes } from '../terminal/command.ts'
import { countText, printable } from '../terminal/texts.ts'
import { UsageError } from '../terminal/usage-error.ts'
import type { OpenedStore } from '../store/open-store.ts'
import { watchedDocuments } from './watched.ts'
import { withStore } from './with-store.ts'

const options = {
  yes: { type: 'boolean', short: 'y', default: false },
  'dry-run': { type: 'boolean', default: false },
  kind: { type: 'string', multiple: true, short: 'k' },
  application: { type: 'string', short: 'a' },
  undelivered: { type: 'boolean', default: false },
  unreadable: { type: 'boolean', default: false },
} as const

/** `scopes purge`. */
export const purge: Command = defineCommand({
  summary: 'Removes what is dead: what the store should have dropped by itself and still has.',
  operands: ['store'],
  options,
  help: `  --yes, -y             does not ask
  --dry-run             only tells what would be removed
  --kind, -k KIND       documents of this kind only; may be given more than once
  --application, -a A   scopes of this application only
  --undelivered         ends, too, whose handlers have not been told in the time that their kind gives them
  --unreadable          documents, too, that cannot be read; export them first`,
  notes: `End markers go when their time is over, ten minutes after their handlers were told, and scopes ten minutes after their
deadline, or keepEnds if that is longer. Each is removed as it was looked at, by compare-and-swap: what has changed
meanwhile, by a renewal say, stays. Nothing that lives is removed.`,
  run: run => withStore(run, opened => purgeDocuments(run, opened)),
})

type Run = CommandRun<typeof options>

/** A document that may go. */
interface Candidate {
  readonly stored: KeyedDocument
  readonly reason: PurgeReason
}

async function purgeDocuments(run: Run, { store, name }: OpenedStore): Promise<ExitCode> {
  const { options: given, isJson, terminal } = run
  const isDry = given['dry-run']
  if (!isDry && !given.yes && !(await isConfirmed(run, store, name))) return exitCodes.failed
  const counts = { removed: 0, changed: 0 }
  for await (const { stored, reason } of candidates(run, store)) {
    const { key, token } = stored
    const isRemoved = isDry || (await store.remove(key, token, { signal: run.streams.signal })).type === 'done'
    counts[isRemoved ? 'removed' : 'changed']++
    const result = isDry ? 'would be removed' : isRemoved ? 'removed' : 'changed meanwhile, and kept'
    if (isJson) await terminal.printJson({ key, reason, isRemoved: isRemoved && !isDry })
    else await terminal.print(`${printable(key)}  ${reason}: ${result}`)
  }
  if (!isJson) {
    const kept = counts.changed === 0 ? '' : `, ${counts.changed.toLocaleString('en')} changed meanwhile and kept`
    await terminal.print(`${countText(counts.removed, 'document')} ${isDry ? 'would be ' : ''}removed${kept}.`)
  }
  return exitCodes.done
}

/** Asks with the number of what is to go; when there is nothing, nobody is asked. */
async function isConfirmed(run: Run, store: DocumentStore, name: string): Promise<boolean> {
  const { terminal } = run
  if (!terminal.canAsk)
    throw new UsageError('purge asks before it removes anything, and here is nobody to ask: add --yes.')
  let count = 0
  for await (const _ of candidates(run, store)) count++
  if (count === 0) return true
  const answer = await terminal.ask(`Remove ${countText(count, 'document')} from ${name}? Type yes: `)
  if (answer?.trim().toLowerCase() === 'yes') return true
  terminal.tell('Nothing was removed.')
  return false
}

async function* candidates(run: Run, store: DocumentStore): AsyncGenerator<Candidate, void, undefined> {
  const { options: given, streams } = run
  for await (const stored of watchedDocuments('purge', store, { kinds: given.kind }, run)) {
    const described = describeDocument(stored, streams.now())
    const reason = purgeReason(described, streams.now())
    if (reason === undefined || ((reason === 'undelivered' || reason === 'unreadable') && !given[reason])) continue
    if (given.application === undefined || applicationOf(stored.key) === given.application) yield { stored, reason }
  }
}
