import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCodes } from '@scopes/core'
import { expect, test } from 'vitest'
import { errorPage } from './error-page.ts'
import { channelsIn, classesIn, errorsSource, messagesIn, readPackageErrors } from './source-errors.ts'

const page = join(import.meta.dirname, '..', '..', 'docs', 'errors.md')

test('the page of all errors is as the source says: where not, run "pnpm run errors"', async () => {
  const text = errorPage(await readPackageErrors(), classesIn(await errorsSource()))
  expect(text.split('\n')).toEqual((await readFile(page, 'utf8')).split('\n'))
})

test('every code has a message in some package, says what it means and what to do', async () => {
  const codes = (await readPackageErrors()).flatMap(({ messages }) => messages.map(({ code }) => code))
  expect(Object.keys(errorCodes).filter(code => !codes.includes(code))).toEqual([])
  for (const [code, { meaning, advice }] of Object.entries(errorCodes)) {
    expect(meaning, code).toMatch(/\.$/)
    expect(advice, code).toMatch(/\.$/)
  }
})

test('messages are found however their text is written', () => {
  const classes = new Map([['ConflictError', 'conflict']])
  const text = `
    throw new ConflictError('plain')
    throw new ConflictError(\`with \${a.map(b => \`\${b}}\`).join('}')} in it\`, { attempts: 1 })
    const message = 'before ' + "it's"
    throw new ConflictError(message, {})
    throw new ScopesError('lock-upgrade', 'by code')
    throw new TypeError('of somebody else')
    throw new ConflictError(\`\${only}\`)
  `
  expect(messagesIn(text, classes)).toEqual([
    { code: 'conflict', message: 'plain' },
    { code: 'conflict', message: 'with … in it' },
    { code: 'conflict', message: "before it's" },
    { code: 'lock-upgrade', message: 'by code' },
  ])
  expect(channelsIn('/** Published on `a:b` when it is so. And more. */ /** Another. */')).toEqual([
    { name: 'a:b', text: 'when it is so.' },
  ])
})
