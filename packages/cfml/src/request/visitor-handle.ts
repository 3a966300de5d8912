import { type Draft, type Immutable, InvalidArgumentError, type LifetimeOptions } from '@scopes/core'
import type { CookieClient } from '../cookie/cookie-client.ts'
import type { VisitorState } from '../scope/system-values.ts'

/** The session or client of one request, wherever it is kept: `RequestScope` of @scopes/http is one. */
export interface VisitorHandle {
  readonly id: string
  /** With what was changed in this request. */
  readonly value: Immutable<VisitorState>
  /** To be changed in place. */
  readonly draft: Draft<VisitorState>
  readonly isDirty: boolean
  readonly scope: {
    readonly isStored: boolean
    /** undefined: it has not ended. */
    readonly ended: object | undefined
    /** Milliseconds since 1970; undefined: nobody but its keeper knows it. */
    readonly deadline: number | undefined
    readonly lifetime: { readonly isOwn: boolean }
  }
  /** Afterwards the change is kept, whatever becomes of the draft. */
  update(recipe: (draft: Draft<VisitorState>) => unknown): Promise<unknown>
  setLifetime(lifetime: LifetimeOptions): void
}

/** The client that is kept in the visitor's cookie. */
export function cookieHandle(client: CookieClient<VisitorState>): VisitorHandle {
  return {
    get id() {
      return client.id
    },
    get value() {
      return client.value
    },
    get draft() {
      return client.draft
    },
    get isDirty() {
      return client.isDirty
    },
    scope: { isStored: !client.isNew, ended: undefined, deadline: undefined, lifetime: { isOwn: false } },
    // There is nobody to meet: what one answer keeps is what the next request brings.
    update: async recipe => recipe(client.draft),
    setLifetime: () => {
      throw new InvalidArgumentError('A client in a cookie has no lifetime of its own, but that of clientTimeout.')
    },
  }
}
