import { MalformedMessageError } from '../codec/malformed-message-error.ts'

/** Why a node cannot be used, or cannot any longer. */
export type ConnectionErrorReason =
  /** Nobody listens there, the name is unknown, TLS was not agreed on. */
  | 'unreachable'
  /** A request got no answer in time. */
  | 'timed-out'
  /** For two noop intervals no byte came. */
  | 'silent'
  /** The server closed it. */
  | 'closed'
  /** This process closed it. */
  | 'abandoned'
  /** What came is no protocol, or breaks it; the MalformedMessageError is the cause. */
  | 'malformed'
  /** Wrong user or password, or no mechanism that may be used. */
  | 'login'
  /** The user lacks a right: the role `data_dcp_reader`, or access to the bucket. */
  | 'no-access'
  /** There is no such bucket, or it is still coming up. */
  | 'no-bucket'
  /** The server does not know what is needed. */
  | 'unsupported'
  /** It answered with a status that says no. */
  | 'refused'

/** What went wrong between this process and one node. The `cause` of what a user of the store sees. */
export class ConnectionError extends Error {
  readonly reason: ConnectionErrorReason
  /** What the server answered, where it did. */
  readonly status: number | undefined

  constructor(
    reason: ConnectionErrorReason,
    message: string,
    options: { readonly status?: number | undefined; readonly cause?: unknown } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'ConnectionError'
    this.reason = reason
    this.status = options.status
  }

  /** Whether trying again may help without anybody changing anything. */
  get mayPass(): boolean {
    switch (this.reason) {
      case 'unreachable':
      case 'timed-out':
      case 'silent':
      case 'closed':
      case 'abandoned':
      case 'malformed':
      case 'no-bucket':
      case 'refused':
        return true
      case 'login':
      case 'no-access':
      case 'unsupported':
        return false
      default:
        return this.reason satisfies never
    }
  }
}

/**
 * The same for what a codec did not understand of what `where` sent.
 * @throws anything else as it is: it is no fault of a node
 */
export function connectionErrorOf(error: unknown, where: string): ConnectionError {
  if (error instanceof ConnectionError) return error
  if (!(error instanceof MalformedMessageError)) throw error
  return new ConnectionError('malformed', `${where} does not keep the protocol: ${error.message}`, { cause: error })
}
