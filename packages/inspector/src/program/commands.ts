import { list } from '../commands/list.ts'
import type { Command } from './command.ts'

/** The commands by their names, in the order in which they are told. */
export const commands: Readonly<Record<string, Command>> = { list }
