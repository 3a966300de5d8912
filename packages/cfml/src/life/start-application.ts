import { type ScopeDefinition, type Scopes, ScopesError } from '@scopes/core'
import { onlyId } from '../scope/definitions.ts'
import { applicationStruct, serverStruct } from '../scope/shared-structs.ts'
import type { StructSource } from '../scope/scope-struct.ts'
import type { ApplicationState, ServerState } from '../scope/system-values.ts'
import type { CheckedSettings } from '../settings/checked-settings.ts'

/** What an application is started with. */
export interface StartParts {
  readonly settings: CheckedSettings
  readonly serverScopes: Scopes
  readonly server: ScopeDefinition<ServerState>
}

/**
 * Runs `onApplicationStart` on what is to become the application scope.
 * Rejects with what the handler throws, and with `not-loaded` when it returns false; nothing that it has set is stored then.
 */
export async function startApplication(parts: StartParts, draft: ApplicationState): Promise<void> {
  const { settings, serverScopes } = parts
  if (settings.handlers.onApplicationStart === undefined) return
  const work = (await serverScopes.open(parts.server, onlyId)).draft()
  const application = applicationStruct(
    settings,
    open(() => draft),
  )
  const server = serverStruct(
    settings,
    open(() => work.value),
  )
  const isStarted = await settings.handlers.onApplicationStart({
    application: application as never,
    server: server as never,
  })
  if (isStarted === false) {
    throw new ScopesError(
      'not-loaded',
      `The application ${settings.name} was not started: its onApplicationStart said no. The next request asks it again.`,
    )
  }
  if (work.finish()) await work.commit()
}

function open(draft: () => object): StructSource {
  return {
    isOpen: true,
    get value() {
      return draft()
    },
    get draft() {
      return draft()
    },
  }
}
