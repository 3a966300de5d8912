import type { HistoryEvent } from '../history.ts'
import { textOf } from '../ledger.ts'
import type { Timeline } from '../timeline.ts'
import type { Violation } from '../violation.ts'

/** A version of a life is one commit and one state, for everybody. */
export function checkVersions(timeline: Timeline): readonly Violation[] {
  return [...checkCommits(timeline), ...checkAgreement(timeline)]
}

function checkCommits({ writes, told, finals }: Timeline): readonly Violation[] {
  const violations: Violation[] = []
  const commits = new Map<string, { readonly commitId: string; readonly event: HistoryEvent }>()
  const versions = new Map<string, { readonly place: string; readonly event: HistoryEvent }>()
  const note = (place: string, life: string, commitId: string, event: HistoryEvent): void => {
    const known = commits.get(place)
    if (known === undefined) commits.set(place, { commitId, event })
    else if (known.commitId !== commitId) {
      const message = `${place} is two commits.`
      violations.push({ kind: 'version-gap', subject: life, message, events: [known.event, event] })
    }
    const earlier = versions.get(commitId)
    if (earlier === undefined) versions.set(commitId, { place, event })
    else if (earlier.place !== place) {
      const message = `The same commit is ${earlier.place} and ${place}.`
      violations.push({ kind: 'duplicated-commit', subject: commitId, message, events: [earlier.event, event] })
    }
  }
  for (const { result, scope, life, version, succeeded } of writes.values()) {
    if (result === 'stored' && succeeded?.commitId !== undefined) {
      note(placeOf(scope, life, version), life, succeeded.commitId, succeeded)
    }
  }
  for (const event of [...told.values()].flat()) {
    const { life, version, commitId, type, ledger } = event.change
    // An end that was only inferred repeats the last version that was known.
    if (type === 'ended' && ledger === undefined) continue
    if (life !== undefined && commitId !== undefined) note(placeOf(event.scope, life, version), life, commitId, event)
  }
  for (const event of finals.values())
    note(placeOf(event.scope, event.life, event.version), event.life, event.commitId, event)
  return violations
}

function checkAgreement({ states }: Timeline): readonly Violation[] {
  const violations: Violation[] = []
  const seen = new Map<string, { readonly text: string; readonly event: HistoryEvent }>()
  for (const { scope, life, version, isExact, ledger, event } of states) {
    if (!isExact) continue
    const place = placeOf(scope, life, version)
    const text = textOf(ledger)
    const known = seen.get(place)
    if (known === undefined) seen.set(place, { text, event })
    else if (known.text !== text) {
      const message = `${place} is not the same everywhere.`
      violations.push({ kind: 'divergence', subject: life, message, events: [known.event, event] })
    }
  }
  return violations
}

function placeOf(scope: string, life: string, version: number): string {
  return `${scope} (${life}) version ${version}`
}
