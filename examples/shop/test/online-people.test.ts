import { type Scopes, memoryStore, openScopes } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'
import { OnlinePeople } from '../src/online-people.ts'
import { Application } from '../src/scopes.ts'

const minute = 60_000
const noon = Date.UTC(2030, 0, 1, 12)

async function openApplication(): Promise<Scopes> {
  const scopes = await openScopes({ application: 'shop', store: memoryStore(), cluster: { application: false } })
  onTestFinished(() => scopes.close())
  return scopes
}

test('a visitor counts from his first request until five minutes after his last one', async () => {
  const online = await OnlinePeople.open(await openApplication())
  await online.see('ada', noon)
  await online.see('bob', noon + 3 * minute)
  expect(online.count(noon + 4 * minute)).toBe(2)
  expect(online.count(noon + 5 * minute)).toBe(1)
  expect(online.count(noon + 8 * minute)).toBe(0)
})

test('many requests of a minute are one write', async () => {
  const scopes = await openApplication()
  const online = await OnlinePeople.open(scopes)
  for (let second = 0; second < 60; second++) await online.see('ada', noon + second * 1000)
  const application = await scopes.open(Application, '_')
  expect(application.version).toBe(1)
  await online.see('ada', noon + minute)
  expect(application.version).toBe(2)
})

test('nobody is kept for ever, and no id of a session is readable', async () => {
  const scopes = await openApplication()
  const online = await OnlinePeople.open(scopes)
  await online.see('ada', noon)
  await online.see('bob', noon + 10 * minute)
  const { value } = await scopes.open(Application, '_')
  expect(Object.keys(value.seen)).toHaveLength(1)
  expect(JSON.stringify(value)).not.toMatch(/ada|bob/)
})

test('who was forgotten does not count', async () => {
  const online = await OnlinePeople.open(await openApplication())
  await online.see('ada', noon)
  await online.forget('ada')
  expect(online.count(noon)).toBe(0)
})
