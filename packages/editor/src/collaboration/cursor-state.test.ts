import { FLOW, anchorRange, resolveRange } from '@cometpad/binding'
import { describe, expect, test } from 'vitest'
import { Doc, relativePositionToJSON } from 'yjs'
import { readCursor, writeCursor } from './cursor-state.ts'

function document(): Doc {
  const doc = new Doc()
  doc.getText(FLOW).insert(0, 'some text')
  return doc
}

describe('a place in a presence state', () => {
  test('comes back as what it was, also after the text has moved', () => {
    const doc = document()
    const flow = doc.getText(FLOW)
    for (const range of [
      { anchor: 4, focus: 4 },
      { anchor: 9, focus: 2 },
    ]) {
      const state = JSON.parse(JSON.stringify({ cursor: writeCursor(anchorRange(flow, range)) })) as unknown
      const read = readCursor(state)
      expect(read === null ? null : resolveRange(flow, read)).toEqual(range)
    }
    const cursor = writeCursor(anchorRange(flow, { anchor: 4, focus: 4 }))
    flow.insert(0, 'above: ')
    const read = readCursor({ cursor })
    expect(read === null ? null : resolveRange(flow, read)).toEqual({ anchor: 11, focus: 11 })
  })

  const good = relativePositionToJSON(
    anchorRange(document().getText(FLOW), { anchor: 1, focus: 1 }).anchor,
  ) as Record<string, unknown>

  test.each<[string, unknown]>([
    ['nothing', null],
    ['no object', 'here'],
    ['no cursor', {}],
    ['a cursor that is null', { cursor: null }],
    ['positions that are numbers', { cursor: { anchor: 1, focus: 2 } }],
    ['one position only', { cursor: { anchor: good } }],
    ['nothing to hang on', { cursor: { anchor: {}, focus: {} } }],
    ['another type, which Yjs would make', { cursor: { anchor: { tname: 'x' }, focus: { tname: 'x' } } }],
    ['negative clocks', { cursor: { anchor: { item: { client: 1, clock: -1 } }, focus: good } }],
    ['fractions', { cursor: { anchor: { item: { client: 1, clock: 0.5 } }, focus: good } }],
    ['a side that is no number', { cursor: { anchor: { ...good, assoc: {} }, focus: good } }],
  ])('%s is nowhere', (_, state) => {
    expect(readCursor(state)).toBeNull()
  })

  test('what this document does not have yet is nowhere in it, and asking changes nothing', () => {
    const doc = document()
    const read = readCursor({
      cursor: { anchor: { item: { client: 7, clock: 90 } }, focus: { item: { client: 7, clock: 91 } } },
    })
    expect(read === null ? null : resolveRange(doc.getText(FLOW), read)).toBeNull()
    expect([...doc.share.keys()]).toEqual([FLOW])
  })
})
