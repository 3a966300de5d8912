import type { Producer } from './producer.ts'

/** The producers of one node: in a bucket a name belongs to one of them. */
export interface Producers {
  /** Afterwards the name is that producer's; the connection of one that had it closes. */
  add(producer: Producer): void
  remove(producer: Producer): void
  all(): readonly Producer[]
}

export function producers(): Producers {
  const open = new Set<Producer>()
  return {
    add: producer => {
      for (const other of open) if (other.name === producer.name && other.bucket === producer.bucket) other.close()
      open.add(producer)
    },
    remove: producer => {
      open.delete(producer)
    },
    all: () => [...open],
  }
}
