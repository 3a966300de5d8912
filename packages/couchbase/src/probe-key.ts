/** The key of a document that nobody writes: asking for it shows whether a collection is there. No kind has this name. */
export const probeKey = '-probe-'
