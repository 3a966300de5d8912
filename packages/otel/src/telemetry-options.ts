import type { Attributes, Meter, Tracer } from '@opentelemetry/api'
import type { ScopeKey } from '@scopes/core'

/** What is told, and to whom. */
export interface TelemetryOptions {
  /** Who makes spans; default: the global provider's `@scopes/otel`. `false`: none are made. */
  readonly tracer?: Tracer | false | undefined
  /** Who makes metrics; default: the global provider's `@scopes/otel`, as it is now. `false`: none are made. */
  readonly meter?: Meter | false | undefined
  /** `db.system.name` of the requests to the store, such as `sqlite` or `couchbase`; default `other`. */
  readonly system?: string | undefined
  /**
   * More attributes for the spans of one scope. By itself no span names an id: that of a session is as good as a password.
   * When it throws, the span goes without them, and OpenTelemetry's `diag` is told.
   */
  readonly attributesOf?: ((key: ScopeKey) => Attributes) | undefined
}
