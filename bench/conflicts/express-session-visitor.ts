import { promisify } from 'node:util'
import type { Request } from 'express'
import type { Visitor } from './visitor.ts'

declare module 'express-session' {
  interface SessionData {
    hits?: number
    own?: Record<string, number>
  }
}

/** A visitor of an application on express-session. */
export const expressSessionVisitor: Visitor = {
  async hit({ session }, between) {
    const hits = session.hits ?? 0
    await between()
    session.hits = hits + 1
  },
  async hitOwn({ session }, client, between) {
    const own = (session.own ??= {})
    const hits = own[client] ?? 0
    await between()
    own[client] = hits + 1
  },
  logOut: ({ session }: Request) => promisify(session.destroy.bind(session))(),
  read: ({ session: { hits, own = {} } }) => Promise.resolve(hits === undefined ? undefined : { hits, own }),
}
