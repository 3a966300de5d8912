import { median } from './statistics.ts'

/** Something whose cost is measured. */
export interface Side {
  /** Does it so often, one after the other. */
  run(times: number): Promise<void> | void
}

/** What one turn of each side costs: median CPU microseconds of the process. */
export type Costs<Name extends string> = Readonly<Record<Name, number>>

/**
 * Measures all sides in turn, `rounds` times. By CPU time and not by the clock, because this machine has other work too; it
 * includes what the collector and the compiler do meanwhile. The first rounds only warm up.
 */
export async function cpuCosts<Name extends string>(
  sides: Readonly<Record<Name, Side>>,
  { rounds, times }: { readonly rounds: number; readonly times: number },
): Promise<Costs<Name>> {
  const names = Object.keys(sides) as Name[]
  const costs = new Map<Name, number[]>(names.map(name => [name, []]))
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const name of names) {
      const before = process.cpuUsage()
      await sides[name].run(times)
      const { user, system } = process.cpuUsage(before)
      if (round >= 0) costs.get(name)?.push((user + system) / times)
    }
  }
  return Object.fromEntries(names.map(name => [name, median(costs.get(name) ?? [])])) as Costs<Name>
}

const warmUpRounds = 4
