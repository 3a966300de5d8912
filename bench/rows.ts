/** One figure of a bench: a line of the table, or of `--json`. */
export interface Row {
  readonly name: string
  /** Null when it could not be measured; `note` says why. */
  readonly value: number | null
  readonly unit: string
  /** What DESIGN §11 asks for, such as `>= 1.5`; null where it asks for nothing. */
  readonly budget: string | null
  /** Whether the budget holds; null where there is none, or no value. */
  readonly ok: boolean | null
  readonly note: string
}

/** What a row says beside its value. */
export interface Figure {
  readonly name: string
  readonly value: number
  readonly unit: string
  readonly note: string
}

/** A limit that a value must keep. */
export interface Budget {
  readonly relation: '>=' | '>' | '<=' | '<' | '='
  readonly limit: number
}

/** A row without a budget. */
export function plainRow({ name, value, unit, note }: Figure): Row {
  return { name, value: rounded(value), unit, budget: null, ok: null, note }
}

/** A row with a budget. Judged before the value is rounded for reading. */
export function budgetRow({ name, value, unit, note }: Figure, budget: Budget): Row {
  return { name, value: rounded(value), unit, budget: textOf(budget), ok: keeps(value, budget), note }
}

/** A row that could not be measured here. */
export function missingRow({ name, unit, note }: Omit<Figure, 'value'>, budget?: Budget): Row {
  return { name, value: null, unit, budget: budget ? textOf(budget) : null, ok: null, note }
}

function textOf({ relation, limit }: Budget): string {
  return `${relation} ${limit}`
}

function keeps(value: number, { relation, limit }: Budget): boolean {
  switch (relation) {
    case '>=':
      return value >= limit
    case '>':
      return value > limit
    case '<=':
      return value <= limit
    case '<':
      return value < limit
    case '=':
      return value === limit
    default:
      return relation satisfies never
  }
}

/** Four digits say all that a noisy machine knows. */
function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(4))
}
