/** What every conflict ends with: both, and somebody who comes later, have the same document and the same tree. */
import { expect } from 'vitest'
import { show } from '../show.ts'
import { createWriter, findFaults, sync, treeOf } from '../writer.ts'
import type { Writer } from '../writer.ts'

export function expectAgreed(alice: Writer, bob: Writer): void {
  const late = createWriter({ clientId: 77 })
  sync(alice, late)
  for (const writer of [alice, bob, late]) {
    writer.binding.settle()
    expect(findFaults(writer)).toEqual([])
    expect(treeOf(writer)).toEqual(treeOf(alice))
    expect(show(writer)).toEqual(show(alice))
  }
}
