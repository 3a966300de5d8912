import { diff } from '../commands/diff.ts'
import { exportCommand } from '../commands/export.ts'
import { history } from '../commands/history.ts'
import { importCommand } from '../commands/import.ts'
import { list } from '../commands/list.ts'
import { purge } from '../commands/purge.ts'
import { show } from '../commands/show.ts'
import { tail } from '../commands/tail.ts'
import { ui } from '../commands/ui.ts'
import { verify } from '../commands/verify.ts'
import type { Command } from '../terminal/command.ts'

/** The commands by their names, in the order in which they are told. */
export const commands: Readonly<Record<string, Command>> = {
  list,
  show,
  history,
  diff,
  tail,
  ui,
  verify,
  export: exportCommand,
  import: importCommand,
  purge,
}
