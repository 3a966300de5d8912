import { channel } from 'node:diagnostics_channel'
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { CookieRefusedMessage, BackgroundFailedMessage as CfmlFailedMessage } from '@scopes/cfml'
import type { FeedTroubleMessage } from '@scopes/couchbase'
import type { InsecureCookieMessage, LateChangeMessage, LateWriteMessage, RenewalFailedMessage } from '@scopes/http'
import { type AdapterMessages, metricTable, scopesTelemetry } from '@scopes/otel'
import type {
  BackgroundFailedMessage,
  BranchMessage,
  BusyMessage,
  CheckpointMessage,
  ExpiredMessage,
  TransactionMessage,
} from '@scopes/sqlite'
import { expect, expectTypeOf, test } from 'vitest'

const packages = join(import.meta.dirname, '..', '..', 'packages')

/** The channels that the packages name in their source. */
async function channelsOf(): Promise<readonly string[]> {
  const names = await readdir(packages)
  const texts = await Promise.all(
    names.map(name => readFile(join(packages, name, 'src', 'diagnostics.ts'), 'utf8').catch(() => '')),
  )
  const made = /\b(diagnosticsChannel|tracedChannel)\('([^']+)'\)/g
  return texts.flatMap(text =>
    [...text.matchAll(made)].map(([, how, name = '']) => (how === 'tracedChannel' ? `tracing:${name}:start` : name)),
  )
}

test('every channel of every package is listened to, and no other', async () => {
  const names = await channelsOf()
  expect(names.length).toBeGreaterThan(25)
  const before = names.filter(name => channel(name).hasSubscribers)
  const telemetry = scopesTelemetry()
  const heard = names.filter(name => channel(name).hasSubscribers)
  telemetry.stop()
  expect(heard).toEqual(names)
  expect(names.filter(name => channel(name).hasSubscribers)).toEqual(before)
})

test('what is read of the messages of other packages is in them', () => {
  expectTypeOf<TransactionMessage>().toExtend<AdapterMessages['scopes:sqlite:commit']>()
  expectTypeOf<BusyMessage>().toExtend<AdapterMessages['scopes:sqlite:busy']>()
  expectTypeOf<CheckpointMessage>().toExtend<AdapterMessages['scopes:sqlite:checkpoint']>()
  expectTypeOf<ExpiredMessage>().toExtend<AdapterMessages['scopes:sqlite:expired']>()
  expectTypeOf<BranchMessage>().toExtend<AdapterMessages['scopes:sqlite:branch']>()
  expectTypeOf<BackgroundFailedMessage>().toExtend<AdapterMessages['scopes:sqlite:background-failed']>()
  expectTypeOf<FeedTroubleMessage>().toExtend<AdapterMessages['scopes:couchbase:feed']>()
  expectTypeOf<InsecureCookieMessage>().toExtend<AdapterMessages['scopes:http-insecure-cookie']>()
  expectTypeOf<LateChangeMessage>().toExtend<AdapterMessages['scopes:http-late-change']>()
  expectTypeOf<LateWriteMessage>().toExtend<AdapterMessages['scopes:http-late-write']>()
  expectTypeOf<RenewalFailedMessage>().toExtend<AdapterMessages['scopes:http-renewal-failed']>()
  expectTypeOf<CfmlFailedMessage>().toExtend<AdapterMessages['scopes:cfml-background-failed']>()
  expectTypeOf<CookieRefusedMessage>().toExtend<AdapterMessages['scopes:cfml-cookie-refused']>()
})

test('the README says of each metric which question it answers', async () => {
  const text = await readFile(join(packages, 'otel', 'README.md'), 'utf8')
  const named = new Set([...text.matchAll(/`((?:scopes|db)\.[a-z_.]+)`/g)].map(([, name]) => name))
  expect(Object.keys(metricTable).filter(name => !named.has(name))).toEqual([])
})
