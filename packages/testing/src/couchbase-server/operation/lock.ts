import { STATUS } from '../wire/status.ts'
import { documentOperation } from './document-operation.ts'
import { documentAnswer } from './get.ts'
import type { Operation } from './operation.ts'

/** GETL: extras = seconds u32, 15 when left out, 0 or over 30. The answer is that of GET, with the CAS of the lock. */
export const getLocked: Operation = documentOperation({
  name: 'GET_LOCKED',
  shape: { extras: [0, 4] },
  privileges: ['Read', 'Upsert'],
  run: call => {
    const { request, vbucket, id } = call
    const document = vbucket.find(id)
    if (!document) return { status: STATUS.notFound }
    if (vbucket.lockOf(id)) return { status: STATUS.locked }
    const asked = request.extras.length > 0 ? request.extras.readUInt32BE() : 0
    return documentAnswer(call, document, vbucket.lock(id, asked > 0 && asked <= 30 ? asked : 15).cas)
  },
})

/** UNLOCK: the CAS is the lock's. Afterwards the document has the CAS from before the lock. */
export const unlock: Operation = documentOperation({
  name: 'UNLOCK_KEY',
  shape: { cas: 'required' },
  privileges: ['Read', 'Upsert'],
  run: ({ request, vbucket, id }) => {
    if (!vbucket.find(id)) return { status: STATUS.notFound }
    const lock = vbucket.lockOf(id)
    if (!lock) return { status: STATUS.temporaryFailure }
    if (lock.cas !== request.cas) return { status: STATUS.locked }
    vbucket.unlock(id)
    return { status: STATUS.success }
  },
})
