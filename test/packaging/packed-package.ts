import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'

/** What npm unpacked of one of our packages, and what its manifest says. */
export interface PackedPackage {
  readonly name: string
  readonly directory: string
  readonly manifest: Manifest
  /** What is imported: `@scopes/http`, `@scopes/http/express`. */
  readonly entries: readonly Entry[]
  /** Every file, by its path in the package. */
  readonly files: readonly string[]
}

export interface Entry {
  readonly specifier: string
  /** The package that this entry is made for, where its user must have it: an optional peer of the same name. */
  readonly peer: string | undefined
  readonly types: string
  readonly default: string
}

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly type?: string
  readonly sideEffects?: boolean
  readonly description?: string
  readonly engines?: { readonly node?: string }
  readonly bin?: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>
}

export async function readPacked(directory: string): Promise<PackedPackage> {
  const manifest = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest
  const found = await readdir(directory, { recursive: true, withFileTypes: true })
  const files = found
    .filter(file => file.isFile())
    .map(file => join(file.parentPath, file.name).slice(directory.length + 1))
    .filter(file => !file.startsWith('node_modules/'))
    .sort()
  return { name: manifest.name, directory, manifest, entries: entriesOf(manifest), files }
}

/** The peers that a user need not have, each with its range. */
export function optionalPeers({ peerDependencies = {}, peerDependenciesMeta = {} }: Manifest): readonly string[] {
  return Object.entries(peerDependencies)
    .filter(([name]) => peerDependenciesMeta[name]?.optional === true)
    .map(([name, range]) => `${name}@${range}`)
}

export function entriesOf(manifest: Manifest): readonly Entry[] {
  return Object.entries(manifest.exports)
    .filter(([path]) => path !== './package.json')
    .map(([path, { types = '', default: file = '' }]) => ({
      specifier: manifest.name + path.slice(1),
      peer: Object.keys(manifest.peerDependencies ?? {}).find(peer => peer === path.slice(2)),
      types,
      default: file,
    }))
}
