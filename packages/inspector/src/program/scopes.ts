import { main } from './main.ts'

// The program `scopes`, from its source.
await main()
