import { containerKind, entriesOf, rootValue, type Entry, type Span } from './json-text.ts'
import type { Component } from './path.ts'

/** Where a path leads in a JSON text. */
export type Location =
  | { readonly type: 'found'; readonly value: Span; readonly parent: Parent | undefined }
  /** The container is there, and has not what the component at `depth` names. */
  | { readonly type: 'missing'; readonly container: Span; readonly entries: readonly Entry[]; readonly depth: number }
  /** The path goes through something that is no container, or one of the other kind. */
  | { readonly type: 'mismatch' }

interface Parent {
  readonly container: Span
  readonly entries: readonly Entry[]
  /** Which of the entries it is. */
  readonly position: number
}

export function locate(text: string, path: readonly Component[]): Location {
  let value = rootValue(text)
  let parent: Parent | undefined
  for (const [depth, component] of path.entries()) {
    const kind = containerKind(text, value)
    if (kind !== (component.type === 'member' ? 'object' : 'array')) return { type: 'mismatch' }
    const entries = entriesOf(text, value)
    const position = positionOf(component, entries)
    const entry = entries[position]
    if (!entry) return { type: 'missing', container: value, entries, depth }
    parent = { container: value, entries, position }
    value = entry.value
  }
  return { type: 'found', value, parent }
}

function positionOf(component: Component, entries: readonly Entry[]): number {
  if (component.type === 'member') return entries.findIndex(entry => entry.name === component.name)
  return component.index === -1 ? entries.length - 1 : component.index
}
