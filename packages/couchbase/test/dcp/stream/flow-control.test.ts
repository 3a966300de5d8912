import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type FlowControl, flowBytes, openFlow, processed, received } from '../../../src/dcp/stream/flow-control.ts'
import { propertySettings } from '../property-settings.ts'
import { describeRecorded, frameFrom, meaningOf, recordedFrames } from '../recordings.ts'

describeRecorded('a server recorded with a limit of 300 bytes', () => {
  test('sends as long as what we count is below it, and stops with the message that reaches it', () => {
    const frames = recordedFrames.filter(
      ({ scenario, connection }) => scenario === 'dcp-flow/buffer-full' && connection === 'd',
    )
    let outstanding = 0
    let acknowledgements = 0
    for (const frame of frames) {
      const meaning = meaningOf(frame)
      if (frame.from === 'server') {
        expect(outstanding).toBeLessThan(300)
        outstanding += flowBytes(frameFrom(frame.bytes))
      } else if (meaning.opcodeName === 'DCP_BUFFER_ACKNOWLEDGEMENT') {
        if (acknowledgements === 0) expect(outstanding).toBeGreaterThanOrEqual(300)
        outstanding -= Number(meaning.fields?.['bytes'])
        acknowledgements++
      }
    }
    expect(acknowledgements).toBeGreaterThan(1)
  })

  test('noops and answers take nothing', () => {
    const free = recordedFrames.filter(
      ({ from, meaning }) => from === 'server' && /^(DCP_NOOP|DCP_STREAM_REQ)$/.test(meaning?.opcodeName ?? ''),
    )
    expect(free.length).toBeGreaterThan(10)
    for (const { bytes } of free) expect(flowBytes(frameFrom(bytes))).toBe(0)
  })
})

test('every byte is acknowledged once, only when it was processed, and the server never waits for an idle reader', () => {
  const sizes = fc.array(fc.integer({ min: 24, max: 400 }), { minLength: 1, maxLength: 100 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 1000 }), fc.infiniteStream(fc.boolean()), (frames, limit, turns) => {
      let flow: FlowControl = openFlow(limit)
      let outstanding = 0
      let done = 0
      let acknowledged = 0
      const queue: number[] = []
      const next = [...frames]
      while (next.length > 0 || queue.length > 0) {
        const mayReceive = next.length > 0 && outstanding < limit
        // A server that may send nothing waits for a reader that holds something.
        if (!mayReceive && next.length > 0) expect(flow.held).toBeGreaterThan(0)
        const isReceiving = mayReceive && (queue.length === 0 || turns.next().value === true)
        const bytes = (isReceiving ? next : queue).shift() ?? 0
        if (isReceiving) {
          queue.push(bytes)
          outstanding += bytes
          flow = received(flow, bytes)
        } else {
          const step = processed(flow, bytes)
          flow = step.flow
          done += bytes
          acknowledged += step.acknowledge
          outstanding -= step.acknowledge
        }
        expect(acknowledged + flow.owed).toBe(done)
        expect(flow.held + flow.owed).toBe(outstanding)
      }
      expect(2 * flow.owed).toBeLessThan(limit)
    }),
    propertySettings(300),
  )
})
