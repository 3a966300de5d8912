/** A file does not hold merge cases; the message says where and what. */
export class CaseFileError extends Error {}
