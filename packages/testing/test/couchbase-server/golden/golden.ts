import process from 'node:process'

import { golden } from './command.ts'

// The program `golden`: recorded answers of a real engine against the test server.
process.exitCode = await golden(process.argv.slice(2), {
  print: line => process.stdout.write(`${line}\n`),
  complain: line => process.stderr.write(`${line}\n`),
})
