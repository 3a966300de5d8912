import { ConflictError, LockLostError, type ScopeDefinition, type Scopes } from '@scopes/core'
import type { RequestScope } from '@scopes/http'
import { scopeStruct } from '../scope/scope-struct.ts'
import { type VisitorState, systemKey } from '../scope/system-values.ts'
import { sessionBuiltIns } from '../scope/visitor-built-ins.ts'
import type { CheckedSettings } from '../settings/checked-settings.ts'

/** What a session is begun with. */
export interface BeginParts {
  readonly settings: CheckedSettings
  readonly scopes: Scopes
  readonly definition: ScopeDefinition<VisitorState>
  readonly application: () => Promise<object>
}

/**
 * Afterwards the session was begun: `onSessionStart` has run for it, and what that has set is stored. Of several requests that
 * bring one id one runs it, over all processes. Nothing to do where there is no handler, or the session is not new.
 * Rejects with what the handler throws; then there is no session.
 */
export async function beginSession(parts: BeginParts, handle: RequestScope<VisitorState>): Promise<void> {
  const { settings, scopes, definition } = parts
  if (settings.handlers.onSessionStart === undefined || !handle.isNew || handle.scope.isStored) return
  // An id of this request's own is known to nobody else.
  if (settings.rotatesUnknownIds) return start(parts, handle)
  await scopes.lock({ scope: handle.scope, timeoutMs: settings.startTimeoutMs }, async () => {
    // What another request has stored meanwhile is seen by every handle of this process.
    await scopes.open(definition, handle.id, { maxStaleMs: 0 })
    if (!handle.scope.isStored) await start(parts, handle)
  })
}

async function start({ settings, application }: BeginParts, handle: RequestScope<VisitorState>): Promise<void> {
  const { name, compat, clock, handlers } = settings
  const { scope } = handle
  const work = scope.draft()
  const now = new Date(clock.now())
  const facts = { application: name, id: scope.id, created: now, lastVisit: now, hits: 1 }
  const session = scopeStruct({
    source: {
      isOpen: true,
      get value() {
        return work.value
      },
      get draft() {
        return work.value
      },
    },
    builtIns: sessionBuiltIns(facts, compat),
    hasFixedBuiltIns: false,
    isCaseless: compat !== undefined,
    throwsOnMissing: compat !== undefined,
    name: 'session',
  })
  await handlers.onSessionStart?.({ session: session as never, application: (await application()) as never })
  work.value[systemKey].created = now
  try {
    await work.commit({ onConflict: 'fail' })
  } catch (error) {
    // This process stood still, and another has begun it.
    if (!(error instanceof ConflictError) && !(error instanceof LockLostError)) throw error
  }
}
