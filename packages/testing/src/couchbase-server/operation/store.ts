import { NO_XATTRS, type StoredDocument } from '../bucket/document.ts'
import { absoluteExpiry } from '../bucket/expiry.ts'
import type { Answer } from '../wire/response.ts'
import { STATUS } from '../wire/status.ts'
import { documentOperation, SUCCESS_IS_SILENT, WRITES, type DocumentCall } from './document-operation.ts'
import type { Operation, Outcome } from './operation.ts'
import { contentOf, datatypeWith, maxTtlOf } from './stored-value.ts'
import { casRefusal, durabilityRefusal, writtenAnswer } from './write-rules.ts'

/** SET, ADD and REPLACE: extras = flags u32, expiry u32; value = body. */
export function store(
  name: string,
  mode: 'set' | 'add' | 'replace',
  { isQuiet = false }: { readonly isQuiet?: boolean } = {},
): Operation {
  return documentOperation({
    name,
    shape: {
      extras: [8],
      value: 'optional',
      datatype: true,
      ...(mode !== 'add' && { cas: 'optional' }),
    },
    privileges: [mode === 'add' ? 'Insert' : 'Upsert'],
    frameInfos: { ...WRITES, preserveTtl: mode !== 'add' },
    ...(isQuiet && { isSilent: SUCCESS_IS_SILENT }),
    run: call => storeDocument(call, mode),
  })
}

function storeDocument(call: DocumentCall, mode: 'set' | 'add' | 'replace'): Outcome {
  const { request, infos, bucket, vbucket, session, id, collection } = call
  const content = contentOf(request, bucket.keepsCompressed)
  if ('type' in content) return content
  // The engine looks closer at a document with attributes, and expires it; one without is just written over.
  const stored = vbucket.peek(id)
  const existing = stored && stored.xattrs.size > 0 ? vbucket.find(id) : vbucket.findQuietly(id)
  const refusal = modeRefusal(call, mode, existing) ?? durabilityRefusal(call)
  if (refusal) return refusal

  const xattrs = existing?.xattrs ?? NO_XATTRS
  const written = vbucket.write(
    {
      id,
      collection: collection.id,
      value: content.value,
      datatype: datatypeWith(content.datatype, xattrs),
      flags: request.extras.readUInt32BE(),
      expiry: expiryOf(call),
      xattrs,
      deletion: undefined,
    },
    infos.durability,
  )
  return writtenAnswer(written, session)
}

function modeRefusal(
  call: DocumentCall,
  mode: 'set' | 'add' | 'replace',
  existing: StoredDocument | undefined,
): Answer | undefined {
  if (existing) return mode === 'add' ? { status: STATUS.exists } : casRefusal(call, existing)
  return mode === 'replace' || call.request.cas !== 0n ? { status: STATUS.notFound } : undefined
}

/** With preserve-TTL that of a document which is stored, even if it has passed; else the one asked for. */
function expiryOf(call: DocumentCall): number {
  const { request, infos, vbucket, node, id } = call
  const stored = vbucket.peek(id)
  if (infos.preservesTtl && stored && !stored.deletion) return stored.expiry
  return absoluteExpiry(request.extras.readUInt32BE(4), node.clock.nowSeconds(), maxTtlOf(call))
}
