import assert from 'node:assert/strict'

import type { DocumentStore, StoreToken } from '@scopes/core'

/** The bytes of a text, for documents that a person can read in a failure. */
export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

/** The text of bytes that `bytesOf` made. */
export function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes)
}

/** The token of the document of `key`; fails unless it holds exactly `text`. */
export async function expectDocument(store: DocumentStore, key: string, text: string): Promise<StoreToken> {
  const document = await store.load(key)
  assert.ok(document, `${key} has no document`)
  assert.equal(textOf(document.bytes), text, `the document of ${key}`)
  return document.token
}

/** Fails unless the document of `key` holds exactly these bytes. */
export async function expectBytes(store: DocumentStore, key: string, bytes: Uint8Array): Promise<void> {
  const document = await store.load(key)
  assert.ok(document, `${key} has no document`)
  assert.equal(document.bytes.byteLength, bytes.byteLength, `the length of the document of ${key}`)
  const differing = bytes.findIndex((byte, index) => document.bytes[index] !== byte)
  assert.equal(differing, -1, `the document of ${key} differs from byte ${differing} on`)
}

/** Fails when `key` has a document. */
export async function expectNoDocument(store: DocumentStore, key: string): Promise<void> {
  const document = await store.load(key)
  if (document) assert.fail(`${key} has a document: ${textOf(document.bytes).slice(0, 80)}`)
}
