import { type DocumentStore, type StandardSchema, memoryStore } from '@scopes/core'
import { expect, onTestFinished, test } from 'vitest'
import { type Application, type ApplicationSettings, openApplication } from '../../src/index.ts'
import { lentStores } from '../../src/settings/lent-store.ts'
import { Visitor } from '../visitor.ts'

type Variables = Record<string, unknown>

async function open(store: DocumentStore, settings: Partial<ApplicationSettings> = {}): Promise<Application> {
  const application = await openApplication({ name: 'shop', store, reaper: false, ...settings })
  onTestFinished(() => application.close())
  return application
}

/** Takes variables that it knows, and no others. */
function strict(...known: readonly string[]): StandardSchema {
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate: value => {
        const stranger = Object.keys(value as object).find(key => !known.includes(key))
        return stranger === undefined
          ? { value }
          : { issues: [{ message: `${stranger} is unknown`, path: [stranger] }] }
      },
    },
  }
}

test('a schema checks the variables, and nothing that the package keeps beside them', async () => {
  const shop = await open(memoryStore(), { session: { initial: () => ({}), schema: strict('user') } })
  const visitor = new Visitor()
  let token = ''
  await visitor.ask(shop, async request => {
    ;(await request.session())['user'] = 'ann'
    token = await request.csrfGenerateToken()
  })
  await visitor.ask(shop, async request => expect(await request.csrfVerifyToken(token)).toBe(true))
  const refused = visitor.ask(shop, async request => void ((await request.session())['colour'] = 'red'))
  await expect(refused).rejects.toMatchObject({ code: 'invalid-state' })
})

test('a new shape of a scope is made of the old one, with its visits and tokens; processes of both can run', async () => {
  const [old = memoryStore(), next = memoryStore()] = lentStores(memoryStore(), 2)
  const before = await open(old, { session: { initial: () => ({ name: '' }) } })
  const rename = ({ name, ...rest }: Variables): Variables => ({ ...rest, user: name })
  const after = await open(next, {
    session: {
      version: 2,
      initial: () => ({ user: '' }),
      upcast: { 1: state => rename(state as Variables) },
      downcast: {
        1: state => {
          const { user, ...rest } = state as Variables
          return { ...rest, name: user }
        },
      },
    },
  })
  const visitor = new Visitor()
  let token = ''
  await visitor.ask(before, async request => {
    ;(await request.session())['name'] = 'ann'
    token = await request.csrfGenerateToken()
  })
  const began = await startTime(before, visitor)
  await visitor.ask(after, async request => {
    const session = await request.session()
    expect([session['user'], session['name'], session.timecreated.getTime()]).toEqual(['ann', undefined, began])
    expect(await request.csrfVerifyToken(token)).toBe(true)
    session['user'] = 'ben'
  })
  await visitor.ask(before, async request => expect((await request.session())['name']).toBe('ben'))
})

test('a step that returns nothing is an error, and no empty scope', async () => {
  const [old = memoryStore(), next = memoryStore()] = lentStores(memoryStore(), 2)
  const visitor = new Visitor()
  await visitor.ask(await open(old), async request => void ((await request.session())['user'] = 'ann'))
  const after = await open(next, {
    session: { version: 2, initial: () => ({}), upcast: { 1: () => undefined as never } },
  })
  await expect(visitor.ask(after, request => request.session())).rejects.toMatchObject({ code: 'unreadable' })
})

async function startTime(shop: Application, visitor: Visitor): Promise<number> {
  let time = 0
  await visitor.ask(shop, async request => {
    time = (await request.sessionStartTime()).getTime()
  })
  return time
}
