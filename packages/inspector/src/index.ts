// Opening a store by its address, as on the command line.
export { openStore } from './store/open-store.ts'
export type { Credentials, OpenStoreOptions, OpenedStore } from './store/open-store.ts'

// Reading all that is stored, piece by piece.
export { countDocuments, storedDocuments } from './documents/stored-documents.ts'
export type { DocumentFilter, KeyedDocument } from './documents/stored-documents.ts'

// What a stored document is, and its row in a list. A value as JSON.
export { describeDocument } from './documents/described-document.ts'
export type { DescribedDocument } from './documents/described-document.ts'
export { documentRow } from './documents/document-row.ts'
export type { DocumentRow } from './documents/document-row.ts'
export { jsonOf } from './documents/json-value.ts'

// The program itself, for whoever runs it in a process of his own.
export { runProgram } from './program/run-program.ts'
export type { ExitCode } from './terminal/command.ts'
export type { OutputStream, ProgramStreams } from './terminal/terminal.ts'
