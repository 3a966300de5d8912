import { type ApplicationSettings, openApplication } from '@scopes/cfml'
import type { Clock } from '@scopes/core'
import { onTestFinished } from 'vitest'
import type { Ground } from './behaviour.ts'
import type { Shop, Variables } from './visitor.ts'

/** The settings of a node; where its store is the test says. */
export type NodeSettings = Partial<ApplicationSettings<Variables, Variables, Variables, Variables>>

/** One node of an application, until the test has finished. It ends by itself only what it is told to (`reaper`). */
export async function openNode(ground: Ground, clock: Clock, settings: NodeSettings = {}): Promise<Shop> {
  const store = await ground.open(clock)
  const shop: Shop = await openApplication<Variables, Variables, Variables, Variables>({
    name: 'shop',
    store,
    clientManagement: true,
    reaper: false,
    clock,
    ...settings,
  })
  onTestFinished(() => shop.close())
  return shop
}

/** The ids that are stored of one of the four scopes, and live. */
export async function storedIds(shop: Shop, name: 'session' | 'client', ids: readonly string[]): Promise<string[]> {
  const scopes = shop.scopesOf(name)
  const found = await Promise.all(
    ids.map(async id => ({ id, scope: await scopes.open<object>(shop.definitions[name], id, { maxStaleMs: 0 }) })),
  )
  return found.filter(({ scope }) => scope.isStored).map(({ id }) => id)
}
