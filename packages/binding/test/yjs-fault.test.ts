import { describe, expect, it } from 'vitest'
import { createWriter, sync } from './writer.ts'
import { Ledger } from './fuzz/ledger.ts'
import { erase, type } from './gestures.ts'

describe('the one fault of Yjs that is not ours', () => {
  it('[BN3] both delete one letter and both bring it back by undo: it comes back twice, everywhere alike', () => {
    const alice = createWriter({ clientId: 1 })
    const bob = createWriter({ clientId: 2 })
    type(alice, [0, 0], 'abc')
    sync(alice, bob)
    erase(alice, [0, 1], [0, 2])
    erase(bob, [0, 1], [0, 2])
    sync(alice, bob)
    alice.output.undo()
    bob.output.undo()
    sync(alice, bob)
    expect(alice.text()).toBe('abbc')
    expect(bob.text()).toBe('abbc')
  })

  it('is told from every other doubled letter', () => {
    const ledger = new Ledger()
    ledger.typed(['a', 'b', 'c'])
    for (const who of [0, 1]) {
      ledger.deleted(who, ['a'])
      ledger.restored(who, ['a'])
    }
    ledger.deleted(0, ['b'])
    ledger.restored(0, ['b'])
    expect(ledger.judge(['a', 'a', 'b', 'b'])).toEqual(['doubled b', 'lost c'])
    expect([...ledger.restoredTwice]).toEqual(['a'])
  })
})
