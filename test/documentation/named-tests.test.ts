import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type NamedTest, parsePage } from './page.ts'
import { filesBelow, readPages, root } from './pages.ts'

const pages = await readPages()
const testFiles = (await filesBelow(root, name => name.endsWith('.ts'))).filter(path =>
  /(?:^|\/)test\/|^packages\/testing\/src\//.test(path),
)
const pagesWithTests = [...pages.values()].filter(({ namedTests }) => namedTests.length > 0)

test.each(pagesWithTests)('the tests that $path names exist', async ({ namedTests }) => {
  const faults = await Promise.all(namedTests.map(async named => ({ line: named.line, fault: await faultOf(named) })))
  expect(faults.filter(({ fault }) => fault !== undefined)).toEqual([])
})

test('every guarantee names a test, with its file and how its title begins', () => {
  const page = pages.get('docs/guarantees.md')
  if (page === undefined) throw new Error('There is no page of the guarantees.')
  const sections = page.text.split(/^### /m).slice(1)
  expect(sections.length).toBeGreaterThan(10)
  for (const section of sections) {
    const named = parsePage('a section', section).namedTests
    expect(named.length, section).toBeGreaterThan(0)
    for (const { file, title } of named) {
      expect(testFiles, 'the whole path').toContain(file)
      expect(title, `${file}: a title`).toBeDefined()
    }
  }
})

test('a test that does not exist is found', async () => {
  const text = '| `update.test.ts` › no such title | and `no-such.test.ts`; `update.test.ts`'
  const faults = await Promise.all(parsePage('page.md', text).namedTests.map(faultOf))
  expect(faults).toEqual(['update.test.ts has no test "no such title"', 'there is no no-such.test.ts', undefined])
})

/** A file may be named by the end of its path; a test by the beginning of its title. */
async function faultOf({ file, title }: Pick<NamedTest, 'file' | 'title'>): Promise<string | undefined> {
  const files = testFiles.filter(path => path === file || path.endsWith(`/${file}`))
  if (files.length === 0) return `there is no ${file}`
  if (title === undefined) return undefined
  const texts = await Promise.all(files.map(path => readFile(join(root, path), 'utf8')))
  const hasTitle = texts.some(text => ["'", '"', '`'].some(quote => text.includes(`${quote}${title}`)))
  return hasTitle ? undefined : `${file} has no test "${title}"`
}
