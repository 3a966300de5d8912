import type { EndedScope, ScopeDefinition, Scopes } from '@scopes/core'
import { onlyId } from '../scope/definitions.ts'
import { applicationStruct } from '../scope/shared-structs.ts'
import { type ApplicationState, type VisitorState, systemKey } from '../scope/system-values.ts'
import { variablesOf } from '../scope/variables-of.ts'
import { sessionBuiltIns } from '../scope/visitor-built-ins.ts'
import type { CheckedSettings } from '../settings/checked-settings.ts'
import type { ApplicationRun } from './application-run.ts'

/** What ends of sessions are told with. */
export interface SessionEndParts {
  readonly settings: CheckedSettings
  readonly run: ApplicationRun
  readonly scopes: Scopes
  readonly definition: ScopeDefinition<ApplicationState>
}

/**
 * Tells `onSessionEnd` of an end, with the application running and its scope at hand; the application lives no longer for it.
 * Rejects when the handler does, or the application cannot be started: then it is told again.
 */
export async function tellSessionEnd(parts: SessionEndParts, ended: EndedScope<VisitorState>): Promise<void> {
  const { settings, run, scopes, definition } = parts
  const { compat, name, handlers } = settings
  const { value, reason, detail, deliveryId, key } = ended
  // The session goes on. One of the old systems tells of it all the same.
  if (reason === 'rotated' && compat !== 'lucee') return
  // There a session's end starts no application.
  if (compat === 'coldfusion' && !(await run.isStarted())) return
  const use = await run.enter({ renews: false })
  try {
    const work = (await scopes.open(definition, onlyId)).draft()
    const application = applicationStruct(settings, {
      isOpen: true,
      get value() {
        return work.value
      },
      get draft() {
        return work.value
      },
    })
    const { created = new Date(ended.at), lastVisit = created, hits } = value[systemKey]
    const builtIns = sessionBuiltIns({ application: name, id: key.id, created, lastVisit, hits }, compat)
    const session = Object.freeze({ ...Object.fromEntries(builtIns), ...variablesOf(value) })
    const told = {
      session: session as never,
      application: application as never,
      cfid: key.id,
      reason,
      detail,
      deliveryId,
    }
    await handlers.onSessionEnd?.(told)
    if (work.finish()) await work.commit()
  } finally {
    use.leave()
  }
}
