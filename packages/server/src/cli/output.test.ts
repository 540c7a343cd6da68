import { expect, it } from 'vitest'
import { barText } from './output.ts'

it('[CM5] shows a share where the end is known, and an amount where it is not', () => {
  const bytes = { label: 'Restoring', unit: 'bytes' } as const
  expect(barText({ ...bytes, total: 200_000_000 }, 50_000_000, 1_000)).toBe(
    'Restoring  [######------------------] 25 %  50.0 MB/s',
  )
  expect(barText({ ...bytes, total: 100 }, 200, 1_000)).toContain('] 100 %')
  expect(barText(bytes, 1_500, 1_000)).toBe('Restoring  1.5 kB  1.5 kB/s')
  expect(barText({ label: 'Verifying', unit: 'documents' }, 3, 10)).toBe('Verifying  3 documents')
})
