import type { CfmlRequest } from './request/cfml-request.ts'
import type { ApplicationBuiltIns, ClientBuiltIns, ServerBuiltIns, SessionBuiltIns } from './scope/built-ins.ts'

/** What is beside the middleware, the same in every framework. `From` is what it hands to a handler. */
export interface WebApplication<From, S extends object, C extends object, A extends object, V extends object> {
  /** See `CfmlRequest`. */
  session(from: From): Promise<S & SessionBuiltIns>
  /** See `CfmlRequest`. */
  client(from: From): Promise<C & ClientBuiltIns>
  /** See `CfmlRequest`. */
  application(from: From): Promise<A & ApplicationBuiltIns>
  /** See `CfmlRequest`. */
  server(from: From): Promise<V & ServerBuiltIns>
  /** Everything else of the request: `web.of(req).sessionRotate()`. @throws NotLoadedError where the middleware has not run */
  of(from: From): CfmlRequest<S, C, A, V>
}

/** The middleware of a framework with the functions that handlers call. */
export function webApplication<
  M extends object,
  From,
  S extends object,
  C extends object,
  A extends object,
  V extends object,
>(middleware: M, of: (from: From) => CfmlRequest<S, C, A, V>): M & WebApplication<From, S, C, A, V> {
  return Object.assign(middleware, {
    session: async (from: From) => of(from).session(),
    client: async (from: From) => of(from).client(),
    application: async (from: From) => of(from).application(),
    server: async (from: From) => of(from).server(),
    of,
  })
}
