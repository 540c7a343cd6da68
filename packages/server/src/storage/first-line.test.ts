import { limits } from '@cometpad/shared'
import { expect, test } from 'vitest'
import * as Y from 'yjs'
import { firstLineOf } from './first-line.ts'

function lineOf(...parts: readonly (string | Y.Map<unknown>)[]): string {
  const doc = new Y.Doc()
  // As the form of documents names it.
  const flow = doc.getText('flow')
  for (const part of parts)
    if (typeof part === 'string') flow.insert(flow.length, part, {})
    else flow.insertEmbed(flow.length, part)
  return firstLineOf(doc)
}

const block = (): Y.Map<unknown> => new Y.Map()

test('[CO9] the first line is that of the first block with a text', () => {
  expect(lineOf(block(), 'Minutes', block(), 'of Monday')).toBe('Minutes')
  expect(lineOf(block(), '  ', block(), block(), ' of \t Monday ', block(), 'more')).toBe('of Monday')
  expect(lineOf(block(), block())).toBe('')
  expect(firstLineOf(new Y.Doc())).toBe('')
})

test('[CO9] a long one is cut, and not within a character', () => {
  const most = limits.firstLineLength
  expect(lineOf(block(), 'x'.repeat(most + 5))).toBe('x'.repeat(most))
  expect(lineOf(block(), `${'x'.repeat(most - 1)}😀`)).toBe('x'.repeat(most - 1))
})
