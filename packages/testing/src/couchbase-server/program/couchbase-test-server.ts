import process from 'node:process'

import { runProgram } from './run-program.ts'

// The program `couchbase-test-server`, from its source.
await runProgram(process.argv.slice(2))
