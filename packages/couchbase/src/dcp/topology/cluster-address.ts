import { resolveSrv } from 'node:dns/promises'
import { isIP } from 'node:net'

import { InvalidArgumentError } from '@scopes/core'

import type { NodeAddress } from '../connection/security.ts'

/** What a connection string says to a client of the data service. */
export interface ClusterAddress {
  /** As they stand there; a port that is missing is undefined. */
  readonly hosts: readonly { readonly host: string; readonly port: number | undefined }[]
  readonly isTls: boolean
  /** Which addresses of the nodes are used: `auto`: those that the first host is one of. */
  readonly network: string
  /** The certificate of the server is not checked (`tls_verify=none`). */
  readonly trustsAnyone: boolean
  /** File with the certificates that are trusted. */
  readonly trustPath: string | undefined
  /** PLAIN is asked for by name (`sasl_mech_force=PLAIN`). */
  readonly allowsPlain: boolean
  readonly looksUpService: boolean
}

const defaultPorts = { tcp: 11_210, tls: 11_207 } as const

/**
 * The parts of `couchbase[s]://[user@]host[:port][,host…][/bucket][?options]` that concern the changes feed; options that
 * are only the SDK's are left to it.
 * @throws InvalidArgumentError when it names no host
 */
export function parseClusterAddress(connectionString: string): ClusterAddress {
  const { scheme, hosts = '', query = '' } = grammar.exec(connectionString)?.groups ?? {}
  const named = hosts.split(/[,;]/).filter(host => host !== '')
  if (scheme === undefined || named.length === 0) {
    throw new InvalidArgumentError('connectionString must begin with couchbase:// or couchbases:// and name a host.')
  }
  const options = new URLSearchParams(query)
  const mechanisms = options.get('sasl_mech_force') ?? options.get('allowed_sasl_mechanisms') ?? ''
  return {
    hosts: named.map(hostOf),
    isTls: scheme === 'couchbases',
    network: options.get('network') ?? 'auto',
    trustsAnyone: options.get('tls_verify') === 'none',
    trustPath: options.get('trust_certificate') ?? options.get('trust_store_path') ?? undefined,
    allowsPlain: mechanisms.split(/[,;]/).includes('PLAIN'),
    looksUpService: !['false', 'no', 'off'].includes(options.get('enable_dns_srv') ?? ''),
  }
}

/** Where to ask first: a single name without a port may stand for a service that names its hosts (DNS SRV). */
export async function seedsOf({ hosts, isTls, looksUpService }: ClusterAddress): Promise<readonly NodeAddress[]> {
  const [first, ...others] = hosts
  const mayBeService =
    looksUpService && first !== undefined && others.length === 0 && first.port === undefined && isIP(first.host) === 0
  if (mayBeService && first.host !== 'localhost') {
    const records = await resolveSrv(`_couchbase${isTls ? 's' : ''}._tcp.${first.host}`).catch(() => [])
    if (records.length > 0) return records.map(({ name, port }) => ({ host: name, port }))
  }
  return hosts.map(({ host, port = defaultPorts[isTls ? 'tls' : 'tcp'] }) => ({ host, port }))
}

const grammar = /^(?<scheme>couchbases?):\/\/(?:[^/?@]*@)?(?<hosts>[^/?]+)(?:\/[^?]*)?(?:\?(?<query>.*))?$/s

function hostOf(text: string): { readonly host: string; readonly port: number | undefined } {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?(?:=mcd)?$/.exec(text) ?? []
  const host = bracketed ?? plain
  if (host === undefined) throw new InvalidArgumentError(`connectionString has a host that cannot be read: ${text}`)
  return { host, port: port === undefined ? undefined : Number(port) }
}
