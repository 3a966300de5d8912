import type { Action, History, HistoryEvent, Sighting } from './history.ts'
import type { LedgerSeen } from './ledger.ts'
import { shrinkHistory } from './shrink-history.ts'
import { type Violation, violationKinds } from './violation.ts'

/**
 * The violation in words, with the shortest sub-history that still shows it: one line an event, those that show it marked with
 * `>`. Versions are those of the short history.
 */
export function explainViolation(history: History, violation: Violation): string {
  const shrunk = shrinkHistory(history, violation)
  const { kind } = violation
  const shown = new Set(shrunk.violation.events)
  const begun = kind === 'ended-early' || kind === 'outlived' ? (history.events[0]?.atMs ?? 0) : undefined
  const line = (event: HistoryEvent): string => (begun === undefined ? lineOf(event) : timed(event, begun))
  const lines = shrunk.history.events.map(event => `${shown.has(event) ? '>' : ' '} ${line(event)}`)
  return [`${kind} (${violationKinds[kind]}): ${shrunk.violation.message}`, ...lines].join('\n')
}

function lineOf(event: HistoryEvent): string {
  return `${event.process.padEnd(6)} ${textOf(event)}`
}

/** Those in which time counts show it: milliseconds of the run. */
function timed(event: HistoryEvent, begun: number): string {
  return event.atMs === undefined ? lineOf(event) : `${String(event.atMs - begun).padStart(8)} ${lineOf(event)}`
}

function textOf(event: HistoryEvent): string {
  switch (event.type) {
    case 'began':
      return `${event.operation} of ${event.handle} begins: ${actionText(event.action)} ${event.scope}${lifeText(event.life)}`
    case 'succeeded': {
      const { operation, version, commitId, successor, sighting, life } = event
      const made =
        version === undefined ? '' : ` as version ${version}${commitId === undefined ? ', not stored yet' : ''}`
      const next = successor ? `, now ${successor.scope}${lifeText(successor.life)}` : ''
      return `${operation} succeeds${made}${lifeText(life)}${next}${sighting ? `, shows ${sightingText(sighting)}` : ''}`
    }
    case 'failed':
      return `${event.operation} fails: ${event.code}, outcome ${event.outcome}`
    case 'read':
      return `${event.handle} shows ${event.scope} ${sightingText(event.sighting)}${event.isSettled ? ', at the end' : ''}`
    case 'watching':
      return `${event.observer} watches the ${event.what} of ${event.scope ?? 'all scopes'}`
    case 'told': {
      const { type, reason, version, life, ledger } = event.change
      const why = reason === undefined ? '' : ` (${reason})`
      return `${event.observer} is told: ${event.scope} ${type}${why} version ${version}${lifeText(life)}${ledgerText(ledger)}`
    }
    case 'live':
      return `${event.observer} is live`
    case 'unwatched':
      return `${event.observer} ${event.why}`
    case 'closed':
      return event.lost.length > 0 ? `closes, without having stored all of ${event.lost.join(', ')}` : 'closes'
    case 'rolled-back':
      return `a rollback of ${event.scope} is announced`
    case 'killed':
      return 'is killed'
    case 'clock-set':
      return `has a clock that is ${Math.abs(event.skewMs)} ms ${event.skewMs < 0 ? 'behind' : 'ahead'}`
    case 'handled': {
      const { scope, life, version, reason, detail, outcome, ledger } = event
      const why = detail === undefined ? reason : `${reason}, ${detail}`
      return `its handlers are told of the end of ${scope} (${why}) version ${version}${lifeText(life)}${ledgerText(ledger)}: ${outcome}`
    }
    case 'ends-due':
      return `all ends must have been told${event.waiting.map(key => `; ${key} waits`).join('')}`
    case 'undisturbed':
      return 'nothing went wrong'
    case 'final': {
      const { scope, life, version, isEnded, ledger } = event
      return `stored in the end: ${scope} version ${version}${isEnded ? ', the end' : ''}${lifeText(life)}${ledgerText(ledger)}`
    }
    default:
      return event satisfies never
  }
}

function actionText(action: Action): string {
  if (action.type !== 'write') return action.type
  const { mark, traces, clears } = action.write
  const { under } = action
  const lock = under ? ` under ${under.lock} (${under.type}, ${under.grant}, token …${under.token.slice(-6)})` : ''
  return `${action.how} ${mark} (${traces.join(', ')}${clears === undefined ? '' : `, clears ${clears}`})${lock} in`
}

function sightingText({ life, version, isOver, ledger }: Sighting): string {
  return isOver ? `over${lifeText(life)}` : `version ${version}${lifeText(life)}${ledgerText(ledger)}`
}

function lifeText(life: string | undefined): string {
  return life === undefined ? '' : ` (${life.slice(0, 4)})`
}

function ledgerText(ledger: LedgerSeen | undefined): string {
  if (ledger === undefined) return ''
  const { list, fields, members, count, last } = ledger
  const marks = [...new Set([...list, ...fields, ...members])]
  return ` {${marks.join(' ')}} count ${count} last ${last === '' ? '-' : last}`
}
