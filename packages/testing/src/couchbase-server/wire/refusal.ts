import type { Answer } from './response.ts'

/** An answer that says no, and why. */
export interface Refusal {
  readonly type: 'refusal'
  readonly status: number
  readonly context: string | undefined
  /** A reference for the server's log, where a client must not be told more. */
  readonly reference: string | undefined
  /** The manifest that was asked, where a scope or collection is unknown to it; hexadecimal. */
  readonly manifestUid: string | undefined
}

export function refuse(
  status: number,
  context?: string,
  { reference, manifestUid }: { readonly reference?: string; readonly manifestUid?: string } = {},
): Refusal {
  return { type: 'refusal', status, context, reference, manifestUid }
}

/**
 * The refusal as an answer: `{"error":{"context","ref"},"manifest_uid"}`, whether the client asked for extended errors or
 * not; the datatype says that it is JSON only to a client that knows of JSON.
 */
export function refusalAnswer({ status, context, reference, manifestUid }: Refusal, knowsJson: boolean): Answer {
  if (context === undefined && reference === undefined && manifestUid === undefined) return { status }
  const body = { error: { context, ref: reference }, manifest_uid: manifestUid }
  return { status, datatype: knowsJson ? 1 : 0, value: Buffer.from(JSON.stringify(body)) }
}
