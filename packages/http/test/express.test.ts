import { runBehaviourTable } from './behaviour/run-behaviour-table.ts'
import { expressDriver } from './express-driver.ts'

runBehaviourTable(expressDriver)
