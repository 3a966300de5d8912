/** The stores that the behaviours are shown on. */
export const storeNames = ['memory', 'sqlite', 'couchbase'] as const

/** One of them, as titles of tests name it. */
export type StoreName = (typeof storeNames)[number]
