import { type ErrorCode, errorCodes } from '@scopes/core'
import { aligned } from '../markdown-table.ts'
import type { PackageErrors } from './source-errors.ts'

/** The page of all errors, in Markdown. */
export function errorPage(packages: readonly PackageErrors[], classes: ReadonlyMap<string, string>): string {
  const codes = Object.keys(errorCodes) as ErrorCode[]
  const classOf = new Map([...classes].map(([name, code]) => [code, name]))
  return [
    head,
    aligned([
      ['code', 'class', 'status', 'try again?'],
      ...codes.map(code => [
        `[\`${code}\`](#${code})`,
        `\`${classOf.get(code) ?? 'ScopesError'}\``,
        String(errorCodes[code].status),
        errorCodes[code].isRetryable ? 'yes' : 'no',
      ]),
    ]),
    ...codes.map(code => codeSection(code, packages)),
    loud,
    aligned([
      ['channel', 'is told'],
      ...packages.flatMap(({ channels }) => channels.map(({ name, text }) => [`\`${name}\``, text])),
    ]),
  ].join('\n')
}

const head = `# Errors

Every error of every package is a \`ScopesError\` with a \`code\` of a closed list. The code decides, not the message: \`status\` (and \`statusCode\`) is what a
framework answers, \`cause\` the error beneath, and errors of a write say by \`outcome\` whether it may have happened all the same: \`none\`, it has not and never
will, or \`unknown\`, it may have or may still land. This page is written by \`npx pnpm@12.21.0 run errors\` from the table of codes and from the source of the
packages; in messages \`…\` stands for what differs each time.
`

const loud = `## What is told without an error

A warning of the process with the code \`SCOPES_INSECURE_COOKIE\` says, once per gate, that a cookie with \`Secure\` went out over a connection that does not look like
https: behind a proxy that ends TLS browsers may refuse it and begin anew with every request. The warning says what to set. Everything else is told on channels of
\`node:diagnostics_channel\`, which cost nothing while nobody listens; [@scopes/otel](../packages/otel/README.md) makes metrics of them.
`

function codeSection(code: ErrorCode, packages: readonly PackageErrors[]): string {
  const { meaning, advice } = errorCodes[code]
  const lists = packages.flatMap(({ name, messages }) => {
    const mine = messages.filter(message => message.code === code)
    if (mine.length === 0) return []
    return [`@scopes/${name}:\n\n${mine.map(({ message }) => `- ${codeSpan(message)}\n`).join('')}`]
  })
  return [`## ${code}\n`, `${meaning} ${advice}\n`, ...lists].join('\n')
}

/** In a code span, whatever quotes it has. */
function codeSpan(text: string): string {
  return text.includes('`') ? `\`\`${text}\`\`` : `\`${text}\``
}
