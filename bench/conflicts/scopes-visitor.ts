import { type ScopeDefinition, defineScope } from '@scopes/core'
import type { RequestScope } from '@scopes/http'
import type { Request } from 'express'
import type { Visitor } from './visitor.ts'

/** What a session of this comparison holds. */
export interface HitsState {
  hits: number
  own: Record<string, number>
}

/** The session of this comparison as a scope. */
export const HitsScope: ScopeDefinition<HitsState> = defineScope({
  kind: 'hits',
  initial: (): HitsState => ({ hits: 0, own: {} }),
  idle: '30m',
})

/** A visitor of an application on scopes. */
export function scopesVisitor(scopeOf: (request: Request) => Promise<RequestScope<HitsState>>): Visitor {
  return {
    async hit(request, between) {
      const scope = await scopeOf(request)
      await between()
      await scope.update(draft => void draft.hits++)
    },
    async hitOwn(request, client, between) {
      const { draft } = await scopeOf(request)
      const hits = draft.own[client] ?? 0
      await between()
      draft.own[client] = hits + 1
    },
    async logOut(request) {
      const scope = await scopeOf(request)
      await scope.end('logout')
    },
    async read(request) {
      const scope = await scopeOf(request)
      return scope.isNew ? undefined : scope.value
    },
  }
}
