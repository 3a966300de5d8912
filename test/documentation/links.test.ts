import { stat } from 'node:fs/promises'
import { join, posix } from 'node:path'
import { expect, test } from 'vitest'
import { type Link, type Page, parsePage } from './page.ts'
import { readPages, root } from './pages.ts'

const pages = await readPages()

test.each([...pages.values()])('the links of $path lead somewhere', async page => {
  const dead = await Promise.all(
    page.links.map(async link => ({ line: link.line, fault: await faultOf(page, link, pages) })),
  )
  expect(dead.filter(({ fault }) => fault !== undefined)).toEqual([])
})

test('every page of docs, and the README of every package, is found from the index', () => {
  const index = pages.get('docs/README.md')
  if (index === undefined) throw new Error('There is no index.')
  const linked = index.links.map(({ target }) => posix.join('docs', target.replace(/#.*/, '')))
  const wanted = [...pages.keys()].filter(
    path => (path.startsWith('docs/') && path !== 'docs/README.md') || /^packages\/[^/]+\/README\.md$/.test(path),
  )
  expect(wanted.filter(path => !linked.includes(path))).toEqual([])
})

test.each([
  ['[a file](missing.md)', 'there is no missing.md'],
  ['[out of the repository](../../etc)', '../../etc leads out'],
  ['[an anchor](#missing)', 'README.md has no #missing'],
  ['[an anchor elsewhere](packages/core#missing)', 'packages/core/README.md has no #missing'],
  ['[one that is absolute](/README.md)', '/README.md is not relative'],
  ['[no address](https://)', 'https:// is no address'],
  ['[not safe](http://example.com)', 'http://example.com is not https'],
  ['<img src="missing.svg">', 'there is no missing.svg'],
])('%s is found dead', async (text, fault) => {
  const page = parsePage('README.md', text)
  expect(await Promise.all(page.links.map(link => faultOf(page, link, pages)))).toEqual([fault])
})

test('anchors are those of GitHub', () => {
  const text = ['# `open` & *close*, twice?', '## Same', '## Same', '```', '# in code', '```'].join('\n')
  expect([...parsePage('page.md', text).anchors]).toEqual(['open--close-twice', 'same', 'same-1'])
})

/** What is wrong with a link; undefined when nothing is. Addresses of others are looked at, not visited. */
async function faultOf(page: Page, { target }: Link, others: ReadonlyMap<string, Page>): Promise<string | undefined> {
  if (/^[a-z]+:/.test(target)) return faultOfAddress(target)
  if (target.startsWith('/')) return `${target} is not relative`
  const [file = '', anchor] = target.split('#')
  const path = file === '' ? page.path : posix.normalize(posix.join(posix.dirname(page.path), decodeURI(file)))
  if (path.startsWith('..')) return `${target} leads out`
  const found = await stat(join(root, path)).catch(() => undefined)
  if (found === undefined) return `there is no ${path}`
  if (anchor === undefined) return undefined
  const shown = found.isDirectory() ? posix.join(path, 'README.md') : path
  const linked = shown === page.path ? page : others.get(shown)
  return linked?.anchors.has(anchor) ? undefined : `${shown} has no #${anchor}`
}

function faultOfAddress(target: string): string | undefined {
  if (target.startsWith('mailto:')) return undefined
  if (!URL.canParse(target)) return `${target} is no address`
  return new URL(target).protocol === 'https:' ? undefined : `${target} is not https`
}
