import { isUtf8 } from 'node:buffer'

/** What the bytes of a value are. */
export const DATATYPE = { raw: 0, json: 1, snappy: 2, xattr: 4 } as const

/** Whether the text is JSON; the server decides by the bytes, whatever the client says. */
export function isJson(value: Buffer): boolean {
  const first = value[0]
  if (first === undefined || !MAY_START_JSON.has(first) || !isUtf8(value)) return false
  try {
    JSON.parse(value.toString('utf8'))
    return true
  } catch {
    return false
  }
}

const MAY_START_JSON: ReadonlySet<number> = new Set(Buffer.from(' \t\r\n{["-0123456789tfn'))
