import type { Row } from './rows.ts'
export async function writeChart(_rows: readonly Row[]): Promise<void> {}
