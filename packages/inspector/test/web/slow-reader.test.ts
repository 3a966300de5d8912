import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { type ServerResponse, createServer } from 'node:http'
import { connect } from 'node:net'
import { diagnostics, memoryStore } from '@scopes/core'
import { manualClock } from '@scopes/testing'
import { expect, onTestFinished, test } from 'vitest'
import { inspector } from '../../src/web/inspector.ts'

test('a page that does not read holds no more of what happens than one message', async () => {
  const clock = manualClock()
  const handle = inspector({ store: memoryStore(), clock })
  const answers: ServerResponse[] = []
  const server = createServer((request, response) => {
    answers.push(response)
    handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const socket = connect(typeof address === 'object' && address !== null ? address.port : 0, '127.0.0.1')
  socket.on('error', () => {})
  onTestFinished(() => {
    socket.destroy()
    handle.close()
    server.close()
  })
  socket.pause()
  socket.write('GET /api/stream HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await once(server, 'request')
  const [answer] = answers
  if (answer === undefined) throw new Error('It was asked.')

  // A socket takes some MB before it holds anything back.
  const error = new Error('x'.repeat(500_000))
  const tell = async (): Promise<void> => {
    channel(diagnostics.backgroundFailed.name).publish({ documentKey: 'slow-reader', what: 'reading', error })
    await clock.advance(250)
  }
  for (let turn = 0; turn < 100 && !answer.writableNeedDrain; turn++) await tell()
  expect(answer.writableNeedDrain).toBe(true)
  const held = answer.writableLength
  for (let turn = 0; turn < 20; turn++) await tell()
  expect(answer.writableLength).toBe(held)
})
