import type { ServerResponse } from 'node:http'
import { isAnswerHeader } from '../answer-header.ts'

/** Afterwards nothing of a dropped answer can get into the error page that takes its place: no header, no status. */
export function stripAnswer(response: ServerResponse, status: number): void {
  for (const name of response.getHeaderNames()) if (isAnswerHeader(name)) response.removeHeader(name)
  response.statusCode = status
  if (Object.hasOwn(response, 'statusMessage')) response.statusMessage = ''
}
