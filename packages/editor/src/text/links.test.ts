import { describe, expect, test } from 'vitest'
import { sanitizeUrl } from './links.ts'
import { shortcutOf } from './markdown-shortcuts.ts'

describe('link addresses', () => {
  test.each([
    ['https://example.org/a?b#c', 'https://example.org/a?b#c'],
    ['http://example.org', 'http://example.org'],
    [' example.org/x ', 'https://example.org/x'],
    ['example.org:8080/x', 'https://example.org:8080/x'],
    ['localhost:3000', 'https://localhost:3000'],
    ['http://localhost:3000', 'http://localhost:3000'],
    ['ada@example.org', 'mailto:ada@example.org'],
    ['mailto:ada@example.org', 'mailto:ada@example.org'],
  ])('%j becomes %j', (typed, stored) => {
    expect(sanitizeUrl(typed)).toBe(stored)
  })

  test.each([
    'javascript:alert(1)',
    'javascript://example.org/%0Aalert(1)',
    'ftp://example.org/file',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:https://example.org/1',
    '//example.org',
    'https://',
    'mailto:nobody',
    'two words.org',
    'word',
    '',
    `https://example.org/${'x'.repeat(3000)}`,
  ])('%j is refused', (typed) => {
    expect(sanitizeUrl(typed)).toBeUndefined()
  })
})

describe('Markdown shortcuts', () => {
  test.each([
    ['# x', 'h1'],
    ['### ', 'h3'],
    ['- ', 'bullet'],
    ['* a', 'bullet'],
    ['1. ', 'number'],
    ['[] ', 'check'],
    ['[ ] ', 'check'],
    ['> ', 'quote'],
    ['#x', undefined],
    ['#### ', undefined],
    ['2. ', undefined],
    ['a - ', undefined],
  ])('%j means %s', (text, type) => {
    expect(shortcutOf(text)?.type).toBe(type)
  })
})
