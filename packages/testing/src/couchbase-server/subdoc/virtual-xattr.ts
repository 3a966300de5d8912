import type { StoredDocument } from '../bucket/document.ts'
import type { Vbucket } from '../bucket/vbucket.ts'
import { crc32c } from '../wire/crc32c.ts'
import { DATATYPE } from '../wire/datatype.ts'

/** An attribute that the server makes up, as JSON text; undefined: there is none of that name. */
export function virtualXattr(
  name: string,
  document: StoredDocument,
  body: Buffer,
  vbucket: Vbucket,
): string | undefined {
  switch (name) {
    case '$document':
      return JSON.stringify({
        CAS: hex64(document.cas),
        datatype: datatypeNames(document.datatype),
        deleted: document.deletion !== undefined,
        exptime: document.expiry,
        flags: document.flags,
        // Known when the vbucket has been written to disk for the first time.
        last_modified: vbucket.persistedSeqno > 0n ? String(document.writtenAt) : undefined,
        revid: String(document.revision),
        seqno: hex64(document.seqno),
        value_bytes: body.length,
        value_crc32c: hex32(crc32c(body)),
        vbucket_uuid: hex64(vbucket.uuid),
      })
    case '$XTOC':
      return JSON.stringify([...document.xattrs.keys()])
    default:
      return undefined
  }
}

export function hex64(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`
}

export function hex32(value: number): string {
  return `0x${value.toString(16).padStart(8, '0')}`
}

function datatypeNames(datatype: number): readonly string[] {
  const names = [
    (datatype & DATATYPE.snappy) !== 0 && 'snappy',
    (datatype & DATATYPE.json) !== 0 && 'json',
    (datatype & DATATYPE.xattr) !== 0 && 'xattr',
  ].filter(name => name !== false)
  return names.length > 0 ? names : ['raw']
}
