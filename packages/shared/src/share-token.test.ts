import { expect, test } from 'vitest'
import { shareOfToken, tokenOfShare } from './share-token.ts'

test('[SL1] what stands in a link is a token, which is told from those of a site', () => {
  expect(tokenOfShare('id~secret')).toBe('share~id~secret')
  expect(shareOfToken('share~id~secret')).toBe('id~secret')
  for (const other of ['', 'share', 'id~share~secret', 'eyJhbGciOiJIUzI1NiJ9.e30.c2hhcmV-'])
    expect(shareOfToken(other)).toBeUndefined()
})
