import type { Attributes, Meter, Tracer } from '@opentelemetry/api'
import type { ScopeKey } from '@scopes/core'

/** What is told, and to whom. */
export interface TelemetryOptions {
  /** Who makes spans; default: the global provider. `false`: none are made. */
  readonly tracer?: Tracer | false | undefined
  /** Who makes metrics; default: the global provider. `false`: none are made. */
  readonly meter?: Meter | false | undefined
  /**
   * More attributes for the spans of one scope. An id is in no span by itself: that of a session is as good as a password.
   * What it throws is what the operation fails with.
   */
  readonly attributesOf?: ((key: ScopeKey) => Attributes) | undefined
}
