import type { CollectionEntry, Manifest, ScopeEntry } from './manifest.ts'

/** A manifest that follows another, or why there is none. */
export type ManifestEdit =
  | { readonly type: 'changed'; readonly manifest: Manifest }
  | { readonly type: 'exists' | 'missing' | 'invalid'; readonly problem: string }

export function addScope(manifest: Manifest, name: string): ManifestEdit {
  if (!isName(name)) return invalid(name)
  if (manifest.scopes.some(scope => scope.name === name)) {
    return { type: 'exists', problem: `Scope with name "${name}" already exists` }
  }
  const ids = manifest.scopes.map(scope => scope.id)
  return changed(manifest, [...manifest.scopes, { id: nextId(ids), name, collections: [] }])
}

export function dropScope(manifest: Manifest, name: string): ManifestEdit {
  const scope = manifest.scopes.find(entry => entry.name === name)
  if (!scope) return missingScope(name)
  if (scope.id === 0) return { type: 'invalid', problem: 'Deleting _default scope is not allowed' }
  return changed(
    manifest,
    manifest.scopes.filter(entry => entry !== scope),
  )
}

export function addCollection(
  manifest: Manifest,
  scopeName: string,
  name: string,
  maxTtl: number | undefined,
): ManifestEdit {
  if (!isName(name)) return invalid(name)
  return inScope(manifest, scopeName, collections => {
    if (collections.some(entry => entry.name === name)) {
      return { type: 'exists', problem: `Collection with name "${name}" in scope "${scopeName}" already exists` }
    }
    const ids = manifest.scopes.flatMap(scope => scope.collections.map(collection => collection.id))
    return [...collections, { id: nextId(ids), name, maxTtl }]
  })
}

export function changeCollection(
  manifest: Manifest,
  scopeName: string,
  name: string,
  maxTtl: number | undefined,
): ManifestEdit {
  return inScope(manifest, scopeName, collections =>
    collections.some(entry => entry.name === name)
      ? collections.map(entry => (entry.name === name ? { ...entry, maxTtl } : entry))
      : missingCollection(scopeName, name),
  )
}

export function dropCollection(manifest: Manifest, scopeName: string, name: string): ManifestEdit {
  return inScope(manifest, scopeName, collections =>
    collections.some(entry => entry.name === name)
      ? collections.filter(entry => entry.name !== name)
      : missingCollection(scopeName, name),
  )
}

function inScope(
  manifest: Manifest,
  name: string,
  change: (collections: readonly CollectionEntry[]) => readonly CollectionEntry[] | ManifestEdit,
): ManifestEdit {
  const scope = manifest.scopes.find(entry => entry.name === name)
  if (!scope) return missingScope(name)
  const collections = change(scope.collections)
  if ('type' in collections) return collections
  return changed(
    manifest,
    manifest.scopes.map(entry => (entry === scope ? { ...entry, collections } : entry)),
  )
}

function changed({ uid }: Manifest, scopes: readonly ScopeEntry[]): ManifestEdit {
  return { type: 'changed', manifest: { uid: uid + 1n, scopes } }
}

function missingScope(name: string): ManifestEdit {
  return { type: 'missing', problem: `Scope with name "${name}" is not found` }
}

function missingCollection(scope: string, name: string): ManifestEdit {
  return { type: 'missing', problem: `Collection with name "${name}" in scope "${scope}" is not found` }
}

function invalid(name: string): ManifestEdit {
  return { type: 'invalid', problem: `The name ${JSON.stringify(name)} is not allowed` }
}

/** Names that begin with `_` or `%` are the server's own. */
function isName(name: string): boolean {
  return /^[A-Za-z0-9-][A-Za-z0-9_%-]{0,250}$/.test(name)
}

/** The first ids are the server's own. */
function nextId(ids: readonly number[]): number {
  return Math.max(7, ...ids) + 1
}
