/** Whether a row is to be measured: all are when no names are given, else those that begin with one of them. */
export function isSelected(row: string, names: readonly string[]): boolean {
  return names.length === 0 || names.some(name => row.startsWith(name))
}
