import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { fileURLToPath } from 'node:url'

/** What a real engine answered: one file of recorded scenarios. */
export interface Recording {
  readonly format: 'couchbase-golden/1'
  readonly group: string
  readonly scenarios: readonly Scenario[]
}

export interface Scenario {
  readonly name: string
  /** The behaviour that it pins. */
  readonly why: string
  readonly bucket: RecordedBucket
  readonly sameOn?: readonly BucketType[]
  readonly connections: Readonly<Record<string, RecordedConnection>>
  readonly steps: readonly Step[]
}

export type BucketType = 'couchstore' | 'ephemeral'

export interface RecordedBucket {
  readonly type: BucketType
  readonly [option: string]: unknown
}

/** How a connection is opened. */
export interface RecordedConnection {
  readonly bare?: boolean
  readonly hello?: readonly number[]
  readonly user?: string
  readonly password?: string
  readonly select?: boolean
  readonly dcp?: { readonly name: string; readonly flags: number; readonly control?: readonly RecordedControl[] }
  readonly ignorePush?: boolean
  /** The client answers NOOPs of the server, and no step tells of them. */
  readonly autoNoop?: boolean
}

type RecordedControl = readonly [key: string, value: string]

export interface Step {
  readonly conn?: string
  readonly send?: RecordedSend
  readonly expect?: readonly ExpectedFrame[]
  readonly quietMs?: number
  /** Markers of snapshots are not compared: how entries are batched is a matter of time there. */
  readonly ignoreMarkers?: boolean
  readonly closed?: boolean
  readonly withinMs?: number
  readonly notBeforeMs?: number
  readonly close?: boolean
  readonly sleepMs?: number
  readonly align?: 'second'
  readonly atMs?: number
  readonly action?: string
  readonly args?: Readonly<Record<string, unknown>>
}

export interface RecordedSend {
  readonly hex?: string
  readonly parts?: readonly { readonly hex: string; readonly times?: number }[]
  readonly patch?: readonly Patch[]
  readonly scram?: ScramSend
}

/** A place of the bytes that is written anew before they are sent. */
export interface Patch {
  readonly at: number
  readonly len: number
  readonly var?: string
  readonly as?: NumberFormat
  readonly add?: number
  readonly now?: number
  readonly bucketName?: boolean
}

export type NumberFormat = 'u64' | 'u32' | 'hex' | 'hexle' | 'dec'

/** A client's last message of an exchange. */
export interface ScramSend {
  readonly mech: string
  readonly password: string
  readonly user: string
  readonly cnonce: string
  readonly serverFirst: string
  readonly bindSignature: string
  readonly badProof?: boolean
}

export interface ExpectedFrame {
  readonly hex: string
  readonly wildcards?: readonly Wildcard[]
  readonly match?: 'shape'
  readonly valueRule?: ValueRule
  readonly xerror?: boolean
}

/** Bytes that need not be those recorded. */
export interface Wildcard {
  readonly at: number
  readonly len: number
  readonly field: string
  readonly rule: 'var' | 'time' | 'past' | 'max' | 'mask' | 'bind' | 'any'
  readonly name?: string
  readonly as?: NumberFormat
  readonly not?: readonly string[]
  readonly gt?: string
  readonly plus?: number
  readonly tol?: number
  readonly value?: number
  /** Hexadecimal. */
  readonly mask?: string
}

export type ValueRule =
  | { readonly rule: 'any'; readonly bindText?: string }
  | { readonly rule: 'regex'; readonly pattern: string; readonly bindText?: string }
  | { readonly rule: 'text'; readonly var: string; readonly bindText?: string }
  | { readonly rule: 'json'; readonly has: Readonly<Record<string, unknown>>; readonly bindText?: string }

/** The folder of recordings beside the checkout, or the one that the environment names. */
export function recordingsFolder(): string {
  const root = fileURLToPath(new URL('../../../../..', import.meta.url))
  return process.env['COUCHBASE_GOLDEN'] ?? join(root, '..', 'shared', 'couchbase-golden')
}

/** The recordings of a folder, in order of their names; throws when there are none. */
export function readRecordings(folder: string): readonly Recording[] {
  const files = existsSync(folder) ? readdirSync(folder).filter(file => file.endsWith('.json')) : []
  if (files.length === 0) throw new Error(`there are no recordings in ${folder}`)
  return files.sort().map(file => {
    const recording = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Recording
    if (recording.format !== 'couchbase-golden/1') throw new Error(`${file} is no recording of a format known here`)
    return recording
  })
}
