import { readFile, readdir } from 'node:fs/promises'
import type { Answer } from './answer.ts'

const types: Readonly<Record<string, Answer['type']>> = {
  html: 'text/html',
  css: 'text/css',
  js: 'text/javascript',
  svg: 'image/svg+xml',
}

/** What the browser runs. It is served as it lies in the package, beside `src` and `dist`. */
const directory = new URL('../../page/', import.meta.url)

/** The files of the page, read when they are asked for. Only what lies in the directory is there. */
export class PageFiles {
  #names: Promise<ReadonlySet<string>> | undefined

  /** Undefined: there is no such file. Rejects when it cannot be read. */
  async find(name: string): Promise<Answer | undefined> {
    const type = types[name.slice(name.lastIndexOf('.') + 1)]
    this.#names ??= readdir(directory).then(names => new Set(names))
    if (type === undefined || !(await this.#names).has(name)) return undefined
    return { status: 200, type, body: await readFile(new URL(name, directory), 'utf8') }
  }
}
