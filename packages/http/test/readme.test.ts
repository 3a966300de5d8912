import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { Visitor } from './behaviour/visitor.ts'
import { listen } from './listen.ts'
import { app } from './readme-example.ts'

test('the example of the README is the one that is compiled here', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8')
  const shown = /```ts\n([\s\S]*?)```/.exec(readme)?.[1]
  const compiled = await readFile(new URL('readme-example.ts', import.meta.url), 'utf8')
  expect(compiled.replace("'../src/express.ts'", "'@scopes/http/express'").replace('app: express.Express', 'app')).toBe(
    shown,
  )
})

test('it does what it says', async () => {
  const visitor = new Visitor(await listen(app))
  expect(await visitor.post('/cart/tea')).toMatchObject({ status: 303, setCookies: [expect.any(String)] })
  const before = visitor.cookie
  expect((await visitor.post('/login/ann')).status).toBe(303)
  expect(visitor.cookie).not.toBe(before)
  expect((await visitor.get('/cart')).body).toBe('["tea"]')
  await visitor.post('/logout')
  expect(visitor.cookie).toBeUndefined()
  expect((await visitor.get('/cart')).body).toBe('[]')
})
