import { readFile, readdir } from 'node:fs/promises'
import { join, relative, sep } from 'node:path'
import { type Page, parsePage } from './page.ts'

/** Of the repository. */
export const root: string = join(import.meta.dirname, '../..')

/** Every page of the repository that somebody has written, by path: lists of public names are written by a program. */
export async function readPages(): Promise<ReadonlyMap<string, Page>> {
  const files = await filesBelow(root, name => name.endsWith('.md') && !name.endsWith('.api.md'))
  const pages = await Promise.all(files.map(async path => parsePage(path, await readFile(join(root, path), 'utf8'))))
  return new Map(pages.map(page => [page.path, page]))
}

/** The paths from the root, in order, of all files below the directory that belong to the repository. */
export async function filesBelow(directory: string, isWanted: (name: string) => boolean): Promise<readonly string[]> {
  const entries = await readdir(directory, { withFileTypes: true })
  const found = await Promise.all(
    entries.map(async entry => {
      const path = join(directory, entry.name)
      if (entry.isDirectory()) return isOurs(entry.name) ? filesBelow(path, isWanted) : []
      return isWanted(entry.name) ? [relative(root, path).split(sep).join('/')] : []
    }),
  )
  return found.flat().sort()
}

/** What is installed, built or hidden is not. */
function isOurs(name: string): boolean {
  return !name.startsWith('.') && !['node_modules', 'dist', 'coverage'].includes(name)
}
