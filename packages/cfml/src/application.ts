import type { Scopes } from '@scopes/core'
import { type RequestMeta, type ScopeGate, type ScopePlace, createGate } from '@scopes/http'
import type { ApplicationRun } from './life/application-run.ts'
import { CfmlRequest } from './request/cfml-request.ts'
import { clientCookies } from './request/client-cookies.ts'
import type { RequestParts, ScopeName } from './request/scope-uses.ts'
import { type CfmlDefinitions, onlyId } from './scope/definitions.ts'
import type { CheckedSettings } from './settings/checked-settings.ts'
import { type StructFunctions, structFunctions } from './struct/struct-functions.ts'
import type { Variables } from './settings/settings.ts'

/** The parts that `openApplication` puts together. */
export interface ApplicationParts {
  readonly settings: CheckedSettings
  readonly definitions: CfmlDefinitions
  readonly scopes: Readonly<Record<ScopeName, Scopes>>
  readonly run: ApplicationRun
  /** Each once. */
  readonly opened: readonly Scopes[]
}

/** An application as this process has it: begins its requests, whatever the framework. */
export class Application<
  S extends object = Variables,
  C extends object = Variables,
  A extends object = Variables,
  V extends object = Variables,
>
  implements ScopeGate<CfmlDefinitions, CfmlRequest<S, C, A, V>>, AsyncDisposable
{
  /** Under compat in lower case. */
  readonly name: string
  /** The four scopes, as core knows them: for `scopes.onEnd`, `scopes.changes` and the like. */
  readonly definitions: CfmlDefinitions
  /** Ids of sessions in URLs count. */
  readonly acceptsUrlIds: boolean
  /** CFML's functions over structs, by the rule for keys of this application: README, functions over structs. */
  readonly structs: StructFunctions
  readonly #parts: ApplicationParts
  readonly #gate: ScopeGate<CfmlDefinitions>
  readonly #requestParts: RequestParts
  #closing: Promise<void> | undefined

  /** @internal Made by `openApplication`. */
  constructor(parts: ApplicationParts) {
    const { settings, definitions, scopes, run } = parts
    this.name = settings.name
    this.definitions = definitions
    this.acceptsUrlIds = settings.acceptsUrlIds
    this.#parts = parts
    const cookies = clientCookies(settings, definitions.client)
    this.#requestParts = { settings, definitions, scopes, run, clientCookies: cookies }
    this.structs = structFunctions({ isCaseInsensitive: settings.compat !== undefined })
    this.#gate = createGate(scopes.session, definitions, {
      cookies: { session: settings.session.cookie, client: settings.client.cookie },
      now: () => settings.clock.now(),
      places: {
        session: { ...visitorPlace(settings, scopes.session), acceptsIds: settings.acceptsUrlIds },
        client: visitorPlace(settings, scopes.client),
        application: { scopes: scopes.application, sharedId: onlyId },
        server: { scopes: scopes.server, sharedId: onlyId },
      },
    })
  }

  /** Begins a request with its Cookie header. An adapter awaits `begin()` of it before the application's code runs, and calls `close()` when its answer has gone. */
  begin(cookieHeader: string | undefined, meta: RequestMeta): CfmlRequest<S, C, A, V> {
    const brought = { cookieHeader, meta }
    return new CfmlRequest<S, C, A, V>(this.#requestParts, this.#gate.begin(cookieHeader, meta), brought)
  }

  /** Core's scopes of one of the four, where it is stored. */
  scopesOf(name: ScopeName): Scopes {
    return this.#parts.scopes[name]
  }

  /**
   * Afterwards everything is stored and the stores are closed. The application goes on in other processes; here no end of it is
   * told. Idempotent. Rejects as `scopes.close` does.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  /** As `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    const { run, opened } = this.#parts
    await run.close()
    const results = await Promise.allSettled(opened.map(scopes => scopes.close()))
    const failed = results.find(result => result.status === 'rejected')
    if (failed) throw failed.reason
  }
}

function visitorPlace({ rotatesUnknownIds, sendsCookies }: CheckedSettings, scopes: Scopes): ScopePlace {
  return {
    scopes,
    newId: () => crypto.randomUUID(),
    keepsUnknownIds: !rotatesUnknownIds,
    sendsCookie: sendsCookies,
    acceptsIds: false,
    replacesStrays: true,
  }
}
