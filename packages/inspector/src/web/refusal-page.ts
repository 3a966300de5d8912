import type { Answer } from './answer.ts'

/** Says why somebody may not look; where a token would help, it asks for it. The reason is ours: nothing in it has to be escaped. */
export function refusalPage(status: 401 | 403, reason: string): Answer {
  const form = `<form><label>Token <input type="password" name="token" autocomplete="current-password" autofocus required></label> <button>Look</button></form>`
  const body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Scopes inspector</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<h1>Scopes inspector</h1>
<p>${reason}</p>
${status === 401 ? form : ''}
</html>
`
  return { status, type: 'text/html', body }
}
