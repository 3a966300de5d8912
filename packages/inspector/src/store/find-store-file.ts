import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { InvalidArgumentError } from '@scopes/core'

/**
 * Afterwards there is a file at the path that is not empty. The store would make what is missing, and whoever only looks must
 * not. Looks only, and never opens the file.
 * Rejects with InvalidArgumentError that says what is there in its place, and which stores are near.
 */
export async function findStoreFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw new InvalidArgumentError(`${path} cannot be looked at: ${error.message}.`, { cause: error })
  })
  if (found === undefined) throw new InvalidArgumentError(`There is no store at ${path}.`)
  if (found.isDirectory()) throw new InvalidArgumentError(`${path} is a directory. ${await storesIn(path)}`)
  if (!found.isFile()) throw new InvalidArgumentError(`${path} is no file.`)
  if (found.size === 0) throw new InvalidArgumentError(`${path} is empty: it is no store.`)
}

/** What to write instead. Beside the file of a store lies its bell. */
async function storesIn(directory: string): Promise<string> {
  const names = await readdir(directory).catch((): string[] => [])
  const stores = names.filter(name => names.includes(`${name}-bell`))
  if (stores.length === 0) return 'There is no store in it.'
  return `Name the store in it: ${stores.map(name => `sqlite:${join(directory, name)}`).join(' or ')}.`
}
