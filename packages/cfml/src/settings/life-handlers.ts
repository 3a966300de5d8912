import type { EndReason, Immutable } from '@scopes/core'
import type { ApplicationBuiltIns, ServerBuiltIns, SessionBuiltIns } from '../scope/built-ins.ts'

/** What an application begins with. */
export interface ApplicationStart<A extends object, V extends object> {
  /** Empty, or as its shape begins. What is set here is stored before any request runs. */
  readonly application: A & ApplicationBuiltIns
  readonly server: V & ServerBuiltIns
}

/** An application that is over. */
export interface ApplicationEnd<A extends object> {
  /** As it was at the end. */
  readonly application: Immutable<A>
  /** `expired`: nobody used it for `applicationTimeout`. `ended`: by `applicationStop`. */
  readonly reason: EndReason
  /** The same however often this end is told. */
  readonly deliveryId: string
}

/** What a session begins with. */
export interface SessionStart<S extends object, A extends object> {
  /** Empty, or as its shape begins. */
  readonly session: S & SessionBuiltIns
  readonly application: A & ApplicationBuiltIns
}

/** A session that is over. */
export interface SessionEnd<S extends object, A extends object> {
  /** As it was at the end, with its built-ins. */
  readonly session: Immutable<S> & Readonly<SessionBuiltIns>
  /** The application, running. What is changed of it here is stored; the application lives no longer for it. */
  readonly application: A & ApplicationBuiltIns
  readonly cfid: string
  /** `rotated`: it goes on under another id, and nothing is told of that. */
  readonly reason: EndReason
  /** `invalidated`, or the word given to `end`. */
  readonly detail: string | undefined
  /** The same however often this end is told. */
  readonly deliveryId: string
}

/** The handlers of an application: methods of the settings, as in an Application.cfc. They may be asynchronous. */
export interface LifeHandlers<S extends object, A extends object, V extends object> {
  /**
   * Runs once over all processes when a request finds no application, before that request and all others, which wait. When it
   * throws or returns false the application is not started, the request fails, and the next one tries again.
   */
  readonly onApplicationStart?: ((start: ApplicationStart<A, V>) => unknown) | undefined
  /** Told once, at least, when the application has ended; never while a request of it runs. Throwing has it told again. */
  readonly onApplicationEnd?: ((end: ApplicationEnd<A>) => unknown) | undefined
  /** Runs once for each session, before the code that uses it. When it throws there is no session, and the next request tries again. */
  readonly onSessionStart?: ((start: SessionStart<S, A>) => unknown) | undefined
  /** Told once, at least, when a session has ended, by whatever process. Throwing has it told again. */
  readonly onSessionEnd?: ((end: SessionEnd<S, A>) => unknown) | undefined
}
