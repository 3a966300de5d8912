import type { ServerResponse } from 'node:http'
import { beginEvents } from './answer.ts'
import type { Inspection } from './inspection.ts'
import type { StreamEvents } from './page-data.ts'

/** A browser that comes back does so after so long. In milliseconds. */
const retryMs = 1000

/**
 * The browser is told what happens until it goes. One that does not keep up misses some: the overview says everything each time,
 * and a line or a second of a chart that is left out is worth no memory of the process.
 */
export function tellBrowser(response: ServerResponse, inspection: Inspection, onGone: () => void): void {
  beginEvents(response)
  response.write(`retry: ${retryMs}\n\n${textOf('hello', inspection.hello)}${textOf('overview', inspection.overview)}`)
  const unlisten = inspection.listen((name, data) => {
    if (!response.writableNeedDrain) response.write(textOf(name, data))
  })
  response.on('close', () => {
    unlisten()
    onGone()
  })
}

function textOf<Name extends keyof StreamEvents>(name: Name, data: StreamEvents[Name]): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
}
