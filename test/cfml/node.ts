import { type ApplicationSettings, openApplication } from '@scopes/cfml'
import type { Clock } from '@scopes/core'
import { onTestFinished } from 'vitest'
import type { Ground } from './behaviour.ts'
import { type BreakableStore, breakableStore } from './breakable-store.ts'
import { type Shop, type Variables, Visitor } from './visitor.ts'

/** The settings of a node; where its store is the test says. */
export type NodeSettings = Partial<ApplicationSettings<Variables, Variables, Variables, Variables>>

/** A node and the store that it has. */
export interface BreakableNode extends Pick<BreakableStore, 'writes' | 'nextWrite'> {
  readonly shop: Shop
  isDown: boolean
}

/** One node of an application, until the test has finished. It ends by itself only what it is told to (`reaper`). */
export async function openNode(ground: Ground, clock: Clock, settings: NodeSettings = {}): Promise<Shop> {
  return openAt(settings.store ?? (await ground.open(clock)), clock, settings)
}

/** The same on a store that can be away. */
export async function openBreakableNode(
  ground: Ground,
  clock: Clock,
  settings: NodeSettings = {},
): Promise<BreakableNode> {
  const breakable = breakableStore(await ground.open(clock))
  const shop = await openAt(breakable.store, clock, settings)
  onTestFinished(() => void (breakable.isDown = false))
  return {
    shop,
    get isDown() {
      return breakable.isDown
    },
    set isDown(isDown) {
      breakable.isDown = isDown
    },
    get writes() {
      return breakable.writes
    },
    nextWrite: () => breakable.nextWrite(),
  }
}

/** A visitor whose session has the variables. */
export async function customer(shop: Shop, variables: Variables = { user: 'ann' }): Promise<Visitor> {
  const visitor = new Visitor()
  await visitor.ask(shop, async request => {
    Object.assign(await request.session(), variables)
  })
  return visitor
}

/** A variable of the visitor's session, as a request of his sees it. */
export async function seen(shop: Shop, visitor: Visitor, name: string): Promise<unknown> {
  const { result } = await visitor.ask(shop, async request => {
    const value = (await request.session())[name]
    return value === undefined ? undefined : JSON.stringify(value)
  })
  return result === undefined ? undefined : JSON.parse(result)
}

/** The ids that are stored of one of the four scopes, and live. */
export async function storedIds(shop: Shop, name: 'session' | 'client', ids: readonly string[]): Promise<string[]> {
  const scopes = shop.scopesOf(name)
  const found = await Promise.all(
    ids.map(async id => ({ id, scope: await scopes.open<object>(shop.definitions[name], id, { maxStaleMs: 0 }) })),
  )
  return found.filter(({ scope }) => scope.isStored).map(({ id }) => id)
}

async function openAt(store: NonNullable<NodeSettings['store']>, clock: Clock, settings: NodeSettings): Promise<Shop> {
  const shop: Shop = await openApplication<Variables, Variables, Variables, Variables>({
    name: 'shop',
    clientManagement: true,
    reaper: false,
    clock,
    ...settings,
    store,
  })
  onTestFinished(() => shop.close())
  return shop
}
