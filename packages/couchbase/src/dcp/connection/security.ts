import type { ConnectionOptions } from 'node:tls'

/** Where a node listens. */
export interface NodeAddress {
  readonly host: string
  readonly port: number
}

/** Who logs in. A certificate is shown by TLS, before anything is said. */
export type Login =
  | {
      readonly type: 'password'
      readonly username: string
      readonly password: string
      /** PLAIN may be used without TLS where the server offers nothing better: the password can be read on the way. */
      readonly allowsPlain: boolean
    }
  | { readonly type: 'certificate' }

/** Whether what is said can be read on the way. */
export type Transport =
  | { readonly type: 'tcp' }
  | { readonly type: 'tls'; readonly options: Pick<ConnectionOptions, 'ca' | 'cert' | 'key' | 'rejectUnauthorized'> }
