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
export function plainRow(figure: Figure): Row {
  return { ...figure, value: rounded(figure.value), budget: null, ok: null }
}

/** A row with a budget. Judged before the value is rounded for reading. */
export function budgetRow(figure: Figure, budget: Budget): Row {
  return {
    name: figure.name,
    value: rounded(figure.value),
    unit: figure.unit,
    budget: textOf(budget),
    ok: keeps(figure.value, budget),
    note: figure.note,
  }
}

/** A row that could not be measured here. */
export function missingRow(figure: Omit<Figure, 'value'>, budget?: Budget): Row {
  return { ...figure, value: null, budget: budget ? textOf(budget) : null, ok: null }
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
