import { describe, expect, it } from 'vitest'
import { codeOf } from '../test/codes.ts'
import { checkDocumentId, isDocumentId } from './document-id.ts'
import { limits } from './limits.ts'

const longest = 'a'.repeat(limits.documentIdLength)

describe('document ids', () => {
  it.each(['a', 'A-z_0.9~', 'notes/2026/plan', '...', '.hidden', 'a..b', '-', longest])(
    '[ID1] %j is one',
    (text) => {
      expect(isDocumentId(text)).toBe(true)
      expect(checkDocumentId(text)).toBe(text)
    },
  )

  it.each([
    '',
    '/',
    '/a',
    'a/',
    'a//b',
    '.',
    '..',
    'a/../b',
    'a/.',
    'a b',
    'a%2Fb',
    'a\\b',
    'a?b',
    'a#b',
    'é',
    'a\u0000',
    'a\n',
    `${longest}a`,
    'constructor/\u202E',
  ])('[ID1] %j is none', (text) => {
    expect(isDocumentId(text)).toBe(false)
    expect(codeOf(() => checkDocumentId(text))).toBe('INVALID_DOCUMENT_ID')
  })
})
