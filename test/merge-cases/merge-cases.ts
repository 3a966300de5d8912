import process from 'node:process'
import { mergeCases } from './command.ts'

// The program `merge-cases`: worked merges of a file, each through two processes and a store.
process.exitCode = await mergeCases(process.argv.slice(2), {
  print: line => process.stdout.write(`${line}\n`),
  complain: line => process.stderr.write(`${line}\n`),
})
