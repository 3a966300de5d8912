import { join } from 'node:path'

import { expect, onTestFinished, test } from 'vitest'

import { Documents } from '../src/documents.ts'
import { type FeedChunk, FeedLog } from '../src/feed-log.ts'
import type { FeedPosition } from '../src/feed-token.ts'
import { openDatabase } from '../src/open-database.ts'
import { temporaryDirectory } from './temporary-directory.ts'

const now = 1_000_000

interface Opened {
  readonly feed: FeedLog
  readonly insert: (keys: readonly string[], bytes: Uint8Array) => void
}

async function open(): Promise<Opened> {
  const path = join(await temporaryDirectory(), 'scopes.db')
  const opened = await openDatabase({ path, isAlwaysFlushed: false, busyTimeoutMs: 1000, changesKept: 10_000 })
  const { database, log, identity, transactions, bell } = opened
  onTestFinished(() => {
    bell.close()
    database.close()
  })
  const documents = new Documents(database, log)
  return {
    feed: new FeedLog(database, log, identity, transactions),
    insert: (keys, bytes) =>
      transactions.write(() =>
        documents.apply(
          keys.map(key => ({ type: 'insert', key, bytes, deadline: null })),
          now,
        ),
      ),
  }
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `session:shop:${index}`)
}

/** Every chunk from the position to the end. */
function chunks(feed: FeedLog, start: FeedPosition, keysOnly = false): FeedChunk[] {
  const pulled: FeedChunk[] = []
  for (let position = start; ;) {
    const chunk = feed.pull(position, { keysOnly, now })
    pulled.push(chunk)
    if (chunk.isComplete) return pulled
    position = chunk.position
  }
}

test('a pull holds 256 documents at most, of the log as of all documents', async () => {
  const { feed, insert } = await open()
  const start = feed.end()
  insert(numbered(600), new Uint8Array(1))
  for (const from of [start, feed.beginning()]) {
    expect(chunks(feed, from).map(({ messages }) => messages.length)).toEqual([256, 256, 88])
  }
})

test('a pull holds 1 MB at most, or the document that goes beyond it; without bytes it is not cut', async () => {
  const { feed, insert } = await open()
  const start = feed.end()
  insert(numbered(7), new Uint8Array(400_000))
  for (const from of [start, feed.beginning()]) {
    expect(chunks(feed, from).map(({ messages }) => messages.length)).toEqual([3, 3, 1])
    expect(chunks(feed, from, true).map(({ messages }) => messages.length)).toEqual([7])
  }
})

test('a pull holds nothing open: what is written between two pulls is in the next', async () => {
  const { feed, insert } = await open()
  const start = feed.end()
  insert(numbered(300), new Uint8Array(1))
  const first = feed.pull(start, { now })
  insert(['session:shop:late'], new Uint8Array(1))
  const second = feed.pull(first.position, { now })
  expect(first.isComplete).toBe(false)
  expect(second.isComplete).toBe(true)
  expect(second.messages.at(-1)).toMatchObject({ type: 'document', key: 'session:shop:late' })
})
