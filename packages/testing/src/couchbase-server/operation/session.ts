import type { Access } from '../auth/access.ts'
import type { ScramExchange } from '../auth/scram.ts'
import type { Bucket } from '../bucket/bucket.ts'
import type { Outlet } from '../dcp/outlet.ts'
import type { Producer } from '../dcp/producer.ts'
import { FEATURE } from '../wire/feature.ts'

/** What the requests of one connection have agreed on so far. */
export class Session {
  /** Switched on by the last HELLO. */
  features: ReadonlySet<number> = new Set()
  /** What the account may do that has logged in; undefined: nobody has. */
  access: Access | undefined
  /** An exchange of SCRAM that waits for its second step. */
  scram: ScramExchange | undefined
  bucket: Bucket | undefined
  /** What makes it a connection for changes; undefined: it is none. */
  producer: Producer | undefined
  /** Where the messages of a producer leave. */
  readonly outlet: Outlet

  constructor(outlet: Outlet) {
    this.outlet = outlet
  }

  /** Whether values and errors may be told to be JSON. */
  get knowsJson(): boolean {
    return this.features.has(FEATURE.json)
  }

  /** Whether keys carry the id of their collection. */
  get knowsCollections(): boolean {
    return this.features.has(FEATURE.collections)
  }
}
