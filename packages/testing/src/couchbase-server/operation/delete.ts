import { STATUS } from '../wire/status.ts'
import { documentOperation, SUCCESS_IS_SILENT, WRITES } from './document-operation.ts'
import type { Operation } from './operation.ts'
import { casRefusal, durabilityRefusal, writtenAnswer } from './write-rules.ts'

/** DELETE: leaves a tombstone, whose CAS is answered. */
export function remove(name: string, { isQuiet = false }: { readonly isQuiet?: boolean } = {}): Operation {
  return documentOperation({
    name,
    shape: { cas: 'optional' },
    privileges: ['Delete'],
    frameInfos: { ...WRITES, preserveTtl: false },
    ...(isQuiet && { isSilent: SUCCESS_IS_SILENT }),
    run: call => {
      const { vbucket, session, infos, id } = call
      const document = vbucket.find(id)
      if (!document) return { status: STATUS.notFound }
      const refusal = casRefusal(call, document) ?? durabilityRefusal(call)
      return refusal ?? writtenAnswer(vbucket.remove(document, 'deleted', infos.durability), session)
    },
  })
}
