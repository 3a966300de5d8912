/** What a session and a client have beside their variables. Assigned to or deleted, they are as before in the next request. */
interface VisitorBuiltIns {
  /** The id that the visitor's cookie has, or will have once something is stored. */
  cfid: string
  /** Always `'0'`: kept for code that passes it on. */
  cftoken: string
  /** `CFID=…&CFTOKEN=0`: for links, where ids in URLs are switched on. */
  urltoken: string
  timecreated: Date
  /** When the visit before this one ended; in the first one `timecreated`. */
  lastvisit: Date
}

/** The built-in variables of a session. Under `compat: 'coldfusion'` it has no `timecreated` and no `lastvisit`. */
export interface SessionBuiltIns extends VisitorBuiltIns {
  /** `<application>_<cfid>_<cftoken>` */
  sessionid: string
}

/** The built-in variables of a client. */
export interface ClientBuiltIns extends VisitorBuiltIns {
  /** How many requests have used the client, with this one. */
  hitcount: number
}

/** The built-in variable of an application. */
export interface ApplicationBuiltIns {
  applicationname: string
}

/** The built-in variables of the server: those of the process that answers. They cannot be changed. */
export interface ServerBuiltIns {
  readonly os: ServerSystem
  /** The runtime: Node. */
  readonly node: ServerProduct
  /** This package. */
  readonly scopes: ServerProduct
  readonly separator: { readonly file: string; readonly path: string; readonly line: string }
  /** Under `compat: 'coldfusion'`, what code looks for to tell the systems apart. */
  readonly coldfusion?: ServerProduct
  /** Under `compat: 'lucee'`. */
  readonly lucee?: ServerProduct
}

/** The operating system. */
export interface ServerSystem {
  readonly name: string
  readonly version: string
  readonly arch: string
}

/** A product and its version. */
export interface ServerProduct {
  readonly productname: string
  readonly productversion: string
}
