/** The first byte of a frame: who asks whom, and whether framing extras may be there. */
export const magics = {
  /** A request. On a DCP connection the server sends its messages with it too. */
  request: 0x80,
  answer: 0x81,
  /** A request of the server that is no DCP message: a push of the cluster config. */
  serverRequest: 0x82,
  /** A request with framing extras; its key is at most 255 bytes long. */
  flexibleRequest: 0x08,
  /** An answer with framing extras, such as the time that the server took. */
  flexibleAnswer: 0x18,
} as const

/** Whether a frame with this first byte can come from a server. */
export function isKnownMagic(magic: number): boolean {
  return isFlexible(magic) || magic === magics.request || magic === magics.answer || magic === magics.serverRequest
}

/** Whether byte 2 counts framing extras and byte 3 the key; else the two are the length of the key. */
export function isFlexible(magic: number): boolean {
  return magic === magics.flexibleRequest || magic === magics.flexibleAnswer
}

/** Whether bytes 6 and 7 are a status; else they are a vbucket. */
export function isAnswer(magic: number): boolean {
  return magic === magics.answer || magic === magics.flexibleAnswer
}
