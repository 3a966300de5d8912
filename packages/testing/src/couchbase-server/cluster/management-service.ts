import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

import type { Access } from '../auth/access.ts'
import type { Accounts } from '../auth/accounts.ts'
import type { Bucket } from '../bucket/bucket.ts'
import {
  addCollection,
  addScope,
  changeCollection,
  dropCollection,
  dropScope,
  type ManifestEdit,
} from '../bucket/manifest-edit.ts'
import { writeManifest, type Manifest } from '../bucket/manifest.ts'

/** What the management service needs of its cluster. */
export interface ManagementView {
  readonly accounts: Accounts
  bucket(name: string): Bucket | undefined
  /** Called when a bucket has other scopes or collections than before. */
  manifestChanged(): void
}

/** Scopes and collections over HTTP, as far as the SDK's collection manager asks for them. */
export class ManagementService {
  readonly port: number
  readonly #server: Server

  private constructor(server: Server) {
    this.port = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** Resolves when it listens, on any free port. */
  static async listen(host: string, view: ManagementView): Promise<ManagementService> {
    const server = createServer((request, response) => {
      void answer(request, view).then(
        reply => send(response, reply),
        () => response.destroy(),
      )
    })
    server.listen(0, host)
    await once(server, 'listening')
    return new ManagementService(server)
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }
}

interface Reply {
  readonly status: number
  readonly body: unknown
}

async function answer(request: IncomingMessage, view: ManagementView): Promise<Reply> {
  const form = new URLSearchParams(await text(request))
  const access = accessOf(request.headers.authorization, view.accounts)
  if (!access) return { status: 401, body: { message: 'Unauthorized' } }
  const path = new URL(request.url ?? '/', 'http://node').pathname
  if (path === '/') return { status: 200, body: {} }
  const [, bucketName, rest = ''] = /^\/pools\/default\/buckets\/([^/]+)\/scopes(\/.*)?$/.exec(path) ?? []
  const bucket = bucketName === undefined ? undefined : view.bucket(decodeURIComponent(bucketName))
  if (!bucket) return { status: 404, body: 'Requested resource not found.' }
  if (request.method === 'GET' && rest === '') return { status: 200, body: manifestFor(bucket, access) }
  if (!access.inBucket(bucket.name, 'BucketManagement')) return { status: 403, body: FORBIDDEN }
  const edit = edited(`${request.method} ${rest}`, bucket.manifest, form)
  if (!edit) return { status: 404, body: 'Requested resource not found.' }
  if (edit.type !== 'changed') {
    return { status: edit.type === 'missing' ? 404 : 400, body: { errors: { _: edit.problem } } }
  }
  bucket.replaceManifest(edit.manifest)
  view.manifestChanged()
  return { status: 200, body: { uid: edit.manifest.uid.toString(16) } }
}

const FORBIDDEN = { message: 'Forbidden. User needs the following permissions', permissions: ['BucketManagement'] }

function manifestFor(bucket: Bucket, access: Access): unknown {
  return JSON.parse(
    writeManifest(bucket.manifest, {
      seesScope: scope => access.seesScope(bucket.name, scope),
      seesCollection: (scope, collection) => access.seesCollection(bucket.name, scope, collection),
    }),
  )
}

/** The manifest after a request; undefined: there is no such request. */
function edited(request: string, manifest: Manifest, form: URLSearchParams): ManifestEdit | undefined {
  const [, method, scopePart, isCollections, collectionPart] =
    /^(\w+) (?:\/([^/]+)(\/collections(?:\/([^/]+))?)?)?$/.exec(request) ?? []
  const name = form.get('name') ?? ''
  const maxTtl = form.has('maxTTL') ? Number(form.get('maxTTL')) : undefined
  const scope = decodeURIComponent(scopePart ?? '')
  const collection = decodeURIComponent(collectionPart ?? '')
  switch (
    `${method} ${[scopePart && 'scope', isCollections && 'collections', collectionPart && 'one'].filter(Boolean).join(' ')}`
  ) {
    case 'POST ':
      return addScope(manifest, name)
    case 'DELETE scope':
      return dropScope(manifest, scope)
    case 'POST scope collections':
      return addCollection(manifest, scope, name, maxTtl)
    case 'PATCH scope collections one':
      return changeCollection(manifest, scope, collection, maxTtl)
    case 'DELETE scope collections one':
      return dropCollection(manifest, scope, collection)
    default:
      return undefined
  }
}

function accessOf(authorization: string | undefined, accounts: Accounts): Access | undefined {
  const [, encoded = ''] = /^Basic (.+)$/.exec(authorization ?? '') ?? []
  const login = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = login.indexOf(':')
  return colon < 0 ? undefined : accounts.login(login.slice(0, colon), login.slice(colon + 1))
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}
