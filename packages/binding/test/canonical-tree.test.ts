/** What Lexical's own commands leave, and what everybody else makes of the same document. */
import { FORMAT_ELEMENT_COMMAND, INDENT_CONTENT_COMMAND } from 'lexical'
import { describe, expect, it } from 'vitest'
import { $select, enter, makeList, type } from './gestures.ts'
import { createWriter, findFaults, sync, treeOf } from './writer.ts'

describe('the tree of whoever wrote', () => {
  it('[BN1] is that of a latecomer when an item is centred and then moved in', () => {
    const writer = createWriter({ clientId: 10 })
    type(writer, [0, 0], 'one')
    enter(writer, [0, 3])
    type(writer, [1, 0], 'two')
    writer.edit(() => {
      $select(writer, [1, 0])
      writer.editor.dispatchCommand(FORMAT_ELEMENT_COMMAND, 'center')
    })
    makeList(writer, [0, 0], [1, 3], 'check')
    writer.edit(() => {
      $select(writer, [1, 0])
      writer.editor.dispatchCommand(INDENT_CONTENT_COMMAND, undefined)
    })
    const late = createWriter({ clientId: 20 })
    sync(writer, late)
    expect(treeOf(writer)).toEqual(treeOf(late))
    expect([...findFaults(writer), ...findFaults(late)]).toEqual([])
  })
})
