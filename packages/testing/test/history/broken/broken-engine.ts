import type { CheckedScope, CheckedScopes } from '../../../src/history/checked-engine.ts'
import type { EngineFlaw } from '../../../src/history/run/system-process.ts'
import type { ViolationKind } from '../../../src/history/violation.ts'

/** An engine with one flaw, and what a checker must say about it. */
export interface BrokenEngine {
  readonly flaw: string
  /** One of these must be found. */
  readonly kinds: readonly ViolationKind[]
  /** The seed of a short run that has shown it. It is tried first: any other run that shows it will do as well. */
  readonly shownBy: number
  /** Made anew for each run. */
  readonly engine: () => EngineFlaw
}

/** The scopes, with every handle that they give out changed. */
export function withHandles(change: (scope: CheckedScope) => CheckedScope): EngineFlaw {
  return {
    scopes: scopes => ({
      ...forwarded(scopes),
      open: async (definition, id) => change(await scopes.open(definition, id)),
    }),
  }
}

/** The scopes as an object of which parts can be replaced. */
export function forwarded(scopes: CheckedScopes): CheckedScopes {
  return {
    open: (definition, id) => scopes.open(definition, id),
    changes: options => scopes.changes(options),
    lock: (options, body) => scopes.lock(options, body),
    onEnd: (definition, handler) => scopes.onEnd(definition, handler),
    close: () => scopes.close(),
  }
}

/** The handle, with parts of it replaced. */
export function replaced(scope: CheckedScope, parts: Partial<CheckedScope>): CheckedScope {
  const forward: CheckedScope = {
    get key() {
      return scope.key
    },
    get life() {
      return scope.life
    },
    get version() {
      return scope.version
    },
    get isStored() {
      return scope.isStored
    },
    get value() {
      return scope.value
    },
    get value$() {
      return scope.value$
    },
    get changes$() {
      return scope.changes$
    },
    update: (recipe, options) => scope.update(recipe, options),
    draft: () => scope.draft(),
    touch: () => scope.touch(),
    end: detail => scope.end(detail),
    rotate: () => scope.rotate(),
  }
  return Object.defineProperties(forward, Object.getOwnPropertyDescriptors(parts))
}

/** True each `count`th time that it is called. */
export function each(count: number): () => boolean {
  let calls = 0
  return () => ++calls % count === 0
}
