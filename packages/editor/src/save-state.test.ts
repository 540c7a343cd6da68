import { describe, expect, test } from 'vitest'
import { englishMessages } from './messages.ts'
import { mayLose, saveStateOf, saveWords } from './save-state.ts'
import type { SaveFacts } from './save-state.ts'

const calm: SaveFacts = {
  connection: 'connected',
  synced: true,
  opened: true,
  hasTried: true,
  where: 'device',
  unsavedChanges: 0,
  saved: true,
  readOnly: false,
  demoted: false,
  reason: undefined,
}

function words(facts: Partial<SaveFacts>): string {
  return saveWords(saveStateOf({ ...calm, ...facts }), englishMessages).text
}

describe('the words of the save state', () => {
  test.each<[string, Partial<SaveFacts>]>([
    ['Saved', {}],
    ['Saving…', { unsavedChanges: 3, saved: false }],
    ['Saving…', { saved: false }],
    ['View only', { readOnly: true, demoted: true, unsavedChanges: 3, saved: false }],
    ['Connecting…', { connection: 'connecting', opened: false, synced: false }],
    ['Connecting…', { connection: 'disconnected', opened: false, synced: false }],
    ['Connecting…', { synced: false, opened: false }],
    ['Offline', { connection: 'disconnected', synced: false }],
    ['Connecting…', { connection: 'connecting', synced: false, hasTried: false }],
    [
      'Offline, 1 change kept on this device',
      { connection: 'disconnected', synced: false, unsavedChanges: 1, saved: false },
    ],
    [
      'Offline, 12 changes only in this tab',
      { connection: 'connecting', synced: false, unsavedChanges: 12, saved: false, where: 'tab' },
    ],
    [
      'Offline, keeping 2 changes on this device…',
      { connection: 'connecting', synced: false, unsavedChanges: 2, saved: false, where: 'moving' },
    ],
    ['Can’t connect', { connection: 'stopped', opened: false }],
    ['Stopped', { connection: 'stopped' }],
    ['View only', { readOnly: true }],
  ])('are "%s" for %j', (expected, facts) => {
    expect(words(facts)).toBe(expected)
  })

  test('never say "Saved" unless synced, connected, acknowledged and without unsaved changes', () => {
    const connections = ['connecting', 'connected', 'disconnected', 'stopped'] as const
    let seen = 0
    for (const connection of connections)
      for (const synced of [false, true])
        for (const opened of [false, true])
          for (const saved of [false, true])
            for (const unsavedChanges of [0, 1]) {
              if (words({ connection, synced, opened, saved, unsavedChanges }) !== 'Saved') continue
              seen += 1
              expect({ connection, synced, saved, unsavedChanges }).toEqual({
                connection: 'connected',
                synced: true,
                saved: true,
                unsavedChanges: 0,
              })
            }
    expect(seen).toBeGreaterThan(0)
  })

  test('explain a stop with the sentence of its reason', () => {
    const state = saveStateOf({ ...calm, connection: 'stopped', reason: 'Ask its owner for access.' })
    expect(saveWords(state, englishMessages).hint).toBe('Ask its owner for access.')
  })

  test('[OF2] leaving is a loss exactly while something is unsent and not on the device', () => {
    expect(mayLose(2, false)).toBe(true)
    expect(mayLose(2, true)).toBe(false)
    expect(mayLose(0, false)).toBe(false)
  })
})
