import type { Patch } from '@scopes/core'
import { type ChangeLine, changeLines } from '../documents/change-lines.ts'
import type { Style, Terminal } from '../terminal/terminal.ts'

const styles: Readonly<Record<ChangeLine['sign'], Style>> = { '+': 'green', '-': 'red', '~': 'yellow', '>': 'cyan' }

/** Afterwards each place that the patches change in `before` has its line, indented. */
export async function printChanges(terminal: Terminal, patches: readonly Patch[], before: unknown): Promise<void> {
  for (const { sign, text } of changeLines(patches, before)) {
    await terminal.print(terminal.style(styles[sign], `    ${sign} ${text}`))
  }
}
