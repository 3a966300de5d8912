import { decodeDocument, parseDocumentKey, type ChangeFeed } from '@scopes/core'

/** The document keys of ends that wait for their handlers: end markers, and journals of those that have made room. */
export async function waitingEnds(feed: ChangeFeed): Promise<readonly string[]> {
  const waiting = new Set<string>()
  const partitions = new Set<number>()
  let isFirst = true
  for await (const message of feed.open({ since: 'beginning' })) {
    if (isFirst) for (let partition = 0; partition < feed.partitions; partition++) partitions.add(partition)
    isFirst = false
    if (message.type === 'caught-up') partitions.delete(message.partition)
    else if (message.type === 'removed') waiting.delete(message.key)
    else if (message.type === 'document') {
      if (message.bytes && isWaiting(message.key, message.bytes)) waiting.add(message.key)
      else waiting.delete(message.key)
    }
    if (partitions.size === 0) break
  }
  return [...waiting]
}

/** Of locks and indexes there are no ends. */
function isWaiting(key: string, bytes: Uint8Array): boolean {
  if (parseDocumentKey(key) === undefined && !key.startsWith('end:')) return false
  if (key.startsWith('lock:') || key.startsWith('index:')) return false
  const document = decodeDocument(bytes, { key })
  return document.type === 'ended' && document.delivery.type === 'pending'
}
