#!/usr/bin/env node
import process from 'node:process'

import { runProgram } from '../dist/couchbase-server/program/run-program.js'

await runProgram(process.argv.slice(2))
