import { expect } from 'vitest'
import type { RunningApp } from './adapter-driver.ts'
import type { Reply } from './http-client.ts'

/** Expects the page of the application's own error handler for this code; what a framework writes itself is its own affair. */
export function expectErrorBody(app: RunningApp, { body }: Reply, code: string): void {
  const wanted = app.errorBody(code)
  if (wanted !== undefined) expect(JSON.parse(body)).toEqual(wanted)
}
