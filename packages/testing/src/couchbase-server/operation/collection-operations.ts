import { writeManifest, type Manifest, type ScopeEntry } from '../bucket/manifest.ts'
import { STATUS } from '../wire/status.ts'
import { unknownCollection } from './document-operation.ts'
import type { Operation, Outcome } from './operation.ts'

/** GET_COLLECTION_ID: value = `scope.collection`; the answer's extras = uid of the manifest u64, id u32. */
export const getCollectionId: Operation = {
  name: 'COLLECTIONS_GET_ID',
  shape: { key: 'optional', value: 'optional' },
  needs: 'bucket',
  run: ({ request, session }) => {
    const { bucket, access } = session
    const names = request.value.toString('latin1').split('.')
    const [scopeName = '', collectionName = ''] = names
    if (!bucket || names.length !== 2 || !isName(scopeName) || !isName(collectionName)) {
      return { status: STATUS.invalid }
    }
    const { manifest } = bucket
    const scope = scopeOf(manifest, scopeName)
    if (!scope) return unknownCollection(STATUS.unknownScope, manifest.uid)
    const collection = scope.collections.find(entry => entry.name === (collectionName || '_default'))
    if (!collection || !access?.seesCollection(bucket.name, scope.id, collection.id)) {
      return unknownCollection(STATUS.unknownCollection, manifest.uid)
    }
    return identified(manifest, collection.id)
  },
}

/** GET_SCOPE_ID: value = `scope`, or a path of which the rest is not looked at; the answer as that of the collection's id. */
export const getScopeId: Operation = {
  name: 'COLLECTIONS_GET_SCOPE_ID',
  shape: { key: 'optional', value: 'optional' },
  needs: 'bucket',
  run: ({ request, session }) => {
    const { bucket, access } = session
    const [scopeName = '', ...rest] = request.value.toString('latin1').split('.')
    if (!bucket || rest.length > 1 || !isName(scopeName)) return { status: STATUS.invalid }
    const { manifest } = bucket
    const scope = scopeOf(manifest, scopeName)
    if (!scope || !access?.seesScope(bucket.name, scope.id)) {
      return unknownCollection(STATUS.unknownScope, manifest.uid)
    }
    return identified(manifest, scope.id)
  },
}

/** GET_COLLECTIONS_MANIFEST: the answer's value = what the account sees of the manifest, as JSON. */
export const getCollectionsManifest: Operation = {
  name: 'COLLECTIONS_GET_MANIFEST',
  shape: {},
  needs: 'bucket',
  run: ({ session }) => {
    const { bucket, access } = session
    if (!bucket || !access) return { status: STATUS.noBucket }
    const json = writeManifest(bucket.manifest, {
      seesScope: scope => access.seesScope(bucket.name, scope),
      seesCollection: (scope, collection) => access.seesCollection(bucket.name, scope, collection),
    })
    return { status: STATUS.success, datatype: session.knowsJson ? 1 : 0, value: Buffer.from(json) }
  },
}

function scopeOf({ scopes }: Manifest, name: string): ScopeEntry | undefined {
  return scopes.find(scope => scope.name === (name || '_default'))
}

/** An empty name stands for the default. */
function isName(name: string): boolean {
  return /^[A-Za-z0-9_%-]{0,251}$/.test(name)
}

function identified({ uid }: Manifest, id: number): Outcome {
  const extras = Buffer.alloc(12)
  extras.writeBigUInt64BE(uid)
  extras.writeUInt32BE(id, 8)
  return { status: STATUS.success, extras }
}
