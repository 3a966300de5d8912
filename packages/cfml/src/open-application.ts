import { type DocumentStore, type Scopes, openScopes } from '@scopes/core'
import { Application } from './application.ts'
import { ApplicationRun } from './life/application-run.ts'
import { tellSessionEnd } from './life/session-ends.ts'
import { startApplication } from './life/start-application.ts'
import type { ScopeName } from './request/scope-uses.ts'
import { definitionsOf } from './scope/definitions.ts'
import { systemKey } from './scope/system-values.ts'
import { variablesOf } from './scope/variables-of.ts'
import { type CheckedSettings, checkedSettings } from './settings/checked-settings.ts'
import { lentStores } from './settings/lent-store.ts'
import type { ApplicationSettings, Variables } from './settings/settings.ts'

/** The server scope is of no application; core wants one. */
const noApplication = '_'

/**
 * Opens an application: its four scopes in their stores, and its handlers. Nothing is read before a request asks for it.
 *
 * ```ts
 * const shop = await openApplication({
 *   name: 'shop',
 *   store: sqliteStore({ path }),
 *   sessionTimeout: createTimeSpan(0, 0, 30, 0),
 *   onApplicationStart({ application }) {
 *     application.started = new Date()
 *   },
 * })
 * ```
 * Rejects with InvalidArgumentError that names the setting, or StoreUnavailableError when a store cannot be opened.
 */
export async function openApplication<
  S extends object = Variables,
  C extends object = Variables,
  A extends object = Variables,
  V extends object = Variables,
>(settings: ApplicationSettings<S, C, A, V>): Promise<Application<S, C, A, V>> {
  // Shapes and handlers are those of the same scopes; here nobody looks into the values.
  const checked = checkedSettings(settings as unknown as ApplicationSettings)
  const definitions = definitionsOf(checked)
  const { scopes, opened } = await openAll(checked)
  const { handlers, clock } = checked
  const run = new ApplicationRun({
    scopes: scopes.application,
    definition: definitions.application,
    timeoutMs: checked.application.timeoutMs,
    startTimeoutMs: checked.startTimeoutMs,
    hasFeed: checked.application.store.feed !== undefined,
    clock,
    start: draft => {
      return startApplication({ settings: checked, serverScopes: scopes.server, server: definitions.server }, draft)
    },
  })
  if (handlers.onApplicationEnd) {
    scopes.application.onEnd(definitions.application, async ended => {
      const { value, deliveryId } = ended
      const reason = value[systemKey].ending === 'idle' ? 'expired' : 'ended'
      await handlers.onApplicationEnd?.({ application: variablesOf(value), reason, deliveryId })
    })
    run.watchIdle()
  }
  if (handlers.onSessionEnd) {
    const parts = { settings: checked, run, scopes: scopes.application, definition: definitions.application }
    scopes.session.onEnd(definitions.session, ended => tellSessionEnd(parts, ended))
  }
  return new Application<S, C, A, V>({ settings: checked, definitions, scopes, run, opened })
}

interface OpenedScopes {
  readonly scopes: Readonly<Record<ScopeName, Scopes>>
  readonly opened: readonly Scopes[]
}

/** One `Scopes` for each store, and one for the server scope. What was opened is closed again when one cannot be. */
async function openAll(settings: CheckedSettings): Promise<OpenedScopes> {
  const { name, process, clock, commitTimeoutMs, reaper = true, store, session, client, application, server } = settings
  const cluster = { session: session.isCluster, client: client.isCluster }
  const places = new Set<DocumentStore>([store, session.store, client.store, application.store])
  const opened: Scopes[] = []
  const open = async (options: Parameters<typeof openScopes>[0]): Promise<Scopes> => {
    const scopes = await openScopes({ ...options, clock, commitTimeoutMs, ...(process !== undefined && { process }) })
    opened.push(scopes)
    return scopes
  }
  const byStore = new Map<DocumentStore, Scopes>()
  try {
    const [serverStore = server.store, ...rest] = lentStores(server.store, places.has(server.store) ? 2 : 1)
    for (const place of places) {
      const lent = place === server.store ? (rest[0] ?? place) : place
      byStore.set(place, await open({ application: name, store: lent, cluster, reaper }))
    }
    const serverScopes = await open({ application: noApplication, store: serverStore, reaper: false })
    const at = (place: DocumentStore): Scopes => {
      const found = byStore.get(place)
      if (found === undefined) throw new Error('A scope is in a store that was not opened.')
      return found
    }
    const scopes = {
      session: at(session.store),
      client: at(client.store),
      application: at(application.store),
      server: serverScopes,
    }
    return { scopes, opened }
  } catch (error) {
    await Promise.allSettled(opened.map(scopes => scopes.close()))
    throw error
  }
}
