/** Into how many parts the work of a reaper is divided (lease protocol §3). Fixed: processes of all versions must agree. */
export const reaperPartitions = 64

/** The part that the document with this key belongs to: from 0 to 63, by FNV-1a over its UTF-16 code units. */
export function partitionOf(documentKey: string): number {
  let digest = 0x811c9dc5
  for (let index = 0; index < documentKey.length; index++) {
    digest = Math.imul(digest ^ documentKey.charCodeAt(index), 0x01000193)
  }
  // The low bits of this digest alone tell too little apart.
  return ((digest >>> 26) ^ (digest >>> 13) ^ digest) & (reaperPartitions - 1)
}
