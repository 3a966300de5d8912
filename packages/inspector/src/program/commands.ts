import { diff } from '../commands/diff.ts'
import { history } from '../commands/history.ts'
import { list } from '../commands/list.ts'
import { show } from '../commands/show.ts'
import { tail } from '../commands/tail.ts'
import { ui } from '../commands/ui.ts'
import type { Command } from './command.ts'

/** The commands by their names, in the order in which they are told. */
export const commands: Readonly<Record<string, Command>> = { list, show, history, diff, tail, ui }
