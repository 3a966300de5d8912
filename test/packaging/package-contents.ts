import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { dirname, join } from 'node:path'
import type { PackedPackage } from './packed-package.ts'

/** What is wrong with the files and the manifest of a package as it would be published. */
export async function contentProblems(packed: PackedPackage): Promise<readonly string[]> {
  const problems = [...manifestProblems(packed), ...fileProblems(packed), ...(await importProblems(packed))]
  for (const file of packed.files.filter(name => name.endsWith('.map'))) {
    const { sources } = JSON.parse(await readFile(join(packed.directory, file), 'utf8')) as {
      readonly sources: readonly string[]
    }
    const lost = sources.find(source => !existsSync(join(packed.directory, dirname(file), source)))
    if (lost !== undefined) problems.push(`${file} points to ${lost}, which is not packed`)
  }
  return problems.map(problem => `${packed.name}: ${problem}`)
}

function manifestProblems({ manifest }: PackedPackage): string[] {
  const problems: string[] = []
  const wanted = { license: 'MIT', type: 'module', sideEffects: false } as const
  for (const [key, value] of Object.entries(wanted)) {
    const given = manifest[key as keyof typeof wanted]
    if (given !== value) problems.push(`"${key}" is ${JSON.stringify(given)} and not ${JSON.stringify(value)}`)
  }
  if (manifest.engines?.node !== '>=20.19') problems.push('"engines" does not ask for Node >=20.19')
  if (!manifest.description) problems.push('it has no description')
  const named = { ...manifest.dependencies, ...manifest.peerDependencies }
  for (const [name, range] of Object.entries(named)) {
    if (/^(?:workspace|catalog|file|link):/.test(range)) problems.push(`${name} is asked for as ${range}`)
  }
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    if (manifest.scripts?.[script] !== undefined) problems.push(`it runs a script at "${script}"`)
  }
  if (JSON.stringify(manifest.exports).includes('@scopes/source')) problems.push('its exports name source files')
  return problems
}

function fileProblems({ files, entries, manifest }: PackedPackage): string[] {
  const asked = [
    'LICENSE',
    'README.md',
    ...entries.flatMap(entry => [entry.types, entry.default]),
    ...Object.values(manifest.bin ?? {}),
  ].map(file => file.replace(/^\.\//, ''))
  return [
    ...asked.filter(file => !files.includes(file)).map(file => `${file || 'a file of an entry'} is missing`),
    ...files.filter(file => /(?:^|\/)test\/|\.test\.|\.tsbuildinfo$/.test(file)).map(file => `${file} is packed`),
  ]
}

/** Statements at the beginning of a line, as the compiler writes them, and `import('…')` in code and types. */
const imports =
  /^(?:import|export)\b[^'"`;=]*?\bfrom ['"]([^'"]+)['"]|^import ['"]([^'"]+)['"]|\bimport\(['"]([^'"]+)['"]\)/gm

/** Packages that are imported must be asked for: npm puts others in reach only by chance. */
async function importProblems({ directory, files, manifest }: PackedPackage): Promise<readonly string[]> {
  const named = new Set([manifest.name, ...Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies })])
  const problems = new Set<string>()
  for (const file of files.filter(name => /\.(?:js|d\.ts)$/.test(name))) {
    const code = await readFile(join(directory, file), 'utf8')
    for (const [, ...found] of code.matchAll(imports)) {
      const specifier = found.find(Boolean) ?? ''
      if (/^[./]/.test(specifier) || isBuiltin(specifier)) continue
      const owner = specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/')
      if (!named.has(owner)) problems.add(`${file} imports ${owner}, which its manifest does not name`)
    }
  }
  return [...problems]
}
