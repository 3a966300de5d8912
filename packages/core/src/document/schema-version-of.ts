import type { ScopeDocument } from './scope-document.ts'

/** The schema version of the newest state: that of the last commit, or of the snapshot where none followed it. */
export function schemaVersionOf(document: ScopeDocument): number {
  if (document.type === 'ended') return document.schemaVersion
  return document.tail.at(-1)?.schemaVersion ?? document.facts.schemaVersion
}
