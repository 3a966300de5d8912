import { readFileSync } from 'node:fs'

import { InvalidArgumentError } from '@scopes/core'

import type { Transport } from './security.ts'

/** The files that TLS needs. */
export interface TransportFiles {
  readonly isTls: boolean
  readonly trustsAnyone: boolean
  readonly trustPath: string | undefined
  readonly certificatePath: string | undefined
  readonly keyPath: string | undefined
}

/**
 * How nodes are spoken to. Reads the files, each time.
 * @throws InvalidArgumentError when one cannot be read
 */
export function transportOf({ isTls, trustsAnyone, trustPath, certificatePath, keyPath }: TransportFiles): Transport {
  if (!isTls) return { type: 'tcp' }
  return {
    type: 'tls',
    options: {
      ...(trustPath !== undefined && { ca: contentOf(trustPath) }),
      ...(certificatePath !== undefined && { cert: contentOf(certificatePath) }),
      ...(keyPath !== undefined && { key: contentOf(keyPath) }),
      ...(trustsAnyone && { rejectUnauthorized: false }),
    },
  }
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    throw new InvalidArgumentError(`The file ${path}, which TLS needs, cannot be read.`, { cause })
  }
}
