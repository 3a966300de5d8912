import { expect, test } from 'vitest'
import { historyRecorder } from '../../src/index.ts'

test('no name is given twice, nor by recorders of several processes whose histories are joined', () => {
  const recorders = [historyRecorder('first'), historyRecorder('second'), historyRecorder()]
  const names = recorders.flatMap(recorder => ['handle', 'handle', 'observer'].map(what => recorder.name(what)))
  expect(new Set(names).size).toBe(names.length)
})
