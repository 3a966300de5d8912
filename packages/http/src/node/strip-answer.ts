import type { ServerResponse } from 'node:http'

/** What describes the answer that will not be sent; what describes the application (its policies, its own cookies) stays. */
const answerHeader =
  /^(?:location|etag|last-modified|expires|cache-control|accept-ranges|trailer|transfer-encoding|content-(?!security-policy).*)$/

/** Afterwards nothing of a dropped answer can get into the error page that takes its place: no header, no status. */
export function stripAnswer(response: ServerResponse, status: number): void {
  for (const name of response.getHeaderNames()) if (answerHeader.test(name)) response.removeHeader(name)
  response.statusCode = status
  if (Object.hasOwn(response, 'statusMessage')) response.statusMessage = ''
}
