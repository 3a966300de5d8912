import { existsSync } from 'node:fs'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Consumer } from './consumer.ts'

/** Licences that ask for no more than their notice: what a user of the packages may get with them. */
const permissive = new Set([
  '0BSD',
  'Apache-2.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'BlueOak-1.0.0',
  'ISC',
  'MIT',
  'Unlicense',
  'Zlib',
])

/** Packages that came with ours and whose manifest does not say a permissive licence. */
export async function licenceProblems(consumer: Consumer): Promise<readonly string[]> {
  const problems: string[] = []
  for (const directory of await installed(join(consumer.directory, 'node_modules'))) {
    const { name, version, license } = JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as {
      readonly name?: string
      readonly version?: string
      readonly license?: unknown
    }
    if (!isPermissive(license)) problems.push(`${name}@${version} has the licence ${JSON.stringify(license)}`)
  }
  return problems
}

/** `MIT`, `(MIT OR Apache-2.0)`: one of them can be chosen; `MIT AND Zlib`: all of them hold. */
function isPermissive(license: unknown): boolean {
  if (typeof license !== 'string') return false
  const choices = license.replace(/[()]/g, '').split(/ OR /)
  return choices.some(choice => choice.split(/ AND /).every(name => permissive.has(name.trim())))
}

async function installed(modules: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const name of await readdir(modules)) {
    if (name.startsWith('.')) continue
    const directories = name.startsWith('@')
      ? (await readdir(join(modules, name))).map(scoped => join(modules, name, scoped))
      : [join(modules, name)]
    for (const directory of directories) {
      found.push(directory)
      const inner = join(directory, 'node_modules')
      if (existsSync(inner)) found.push(...(await installed(inner)))
    }
  }
  return found
}
