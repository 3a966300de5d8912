/** The error with which Node refuses to touch a head that is out. */
export function headersSentError(what: 'append' | 'remove' | 'set' | 'write'): Error {
  return withCode('ERR_HTTP_HEADERS_SENT', `Cannot ${what} headers after they are sent to the client`)
}

/** The error with which Node refuses to write to an answer that has ended. */
export function writeAfterEndError(): Error {
  return withCode('ERR_STREAM_WRITE_AFTER_END', 'write after end')
}

function withCode(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}
