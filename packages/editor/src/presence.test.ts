import { expect, test } from 'vitest'
import { peopleOf } from './presence.ts'
import { cleanColor, cleanName, colorOf, initialsOf, userColors } from './user.ts'

const states = (entries: Record<number, unknown>): Map<number, unknown> =>
  new Map(Object.entries(entries).map(([key, value]) => [Number(key), value]))

test('oneself comes first, the others by name', () => {
  const people = peopleOf(
    states({ 1: { user: { name: 'Zoe' } }, 2: { user: { name: 'Me' } }, 3: { user: { name: 'Bo' } } }),
    2,
    'Guest',
  )
  expect(people.map(({ name, isSelf }) => [name, isSelf])).toEqual([
    ['Me', true],
    ['Bo', false],
    ['Zoe', false],
  ])
})

test('tabs of one user count once, and one’s own tab wins', () => {
  const user = { id: 'u', name: 'Bo' }
  const people = peopleOf(states({ 1: { user }, 2: { user }, 3: { user: { name: 'Bo' } } }), 2, 'Guest')
  expect(people.map(({ clientId }) => clientId)).toEqual([2, 3])
})

test('whoever says no name is no person, and a hostile one does no harm', () => {
  const people = peopleOf(
    states({
      1: {},
      2: null,
      3: 'x',
      4: { user: { name: '\u202E \n', color: 'red; background: url(x)' } },
      5: { user: { name: 'a'.repeat(500), color: '#00FF00' } },
    }),
    9,
    'Guest',
  )
  expect(people.map(({ name }) => name.length)).toEqual([60, 5])
  expect(people.map(({ color }) => /^#[0-9a-f]{6}$/i.test(color))).toEqual([true, true])
})

test('names are one line, colours are hex or chosen', () => {
  expect(cleanName('  Ada\n Lovelace ', 'Guest')).toBe('Ada Lovelace')
  expect(cleanName(7, 'Guest')).toBe('Guest')
  expect(cleanColor('#123abc', 'k')).toBe('#123abc')
  expect(cleanColor('rebeccapurple', 'k')).toBe(colorOf('k'))
})

test('initials are up to two letters of the name', () => {
  expect(['Quiet Otter', 'ada', 'Jean-Luc Picard', '', '李 雷'].map(initialsOf)).toEqual([
    'QO',
    'A',
    'JP',
    '?',
    '李雷',
  ])
})

test('every colour carries white text (4.5:1) and stands out from both pages (3:1)', () => {
  for (const color of userColors) {
    expect(contrast(color, '#ffffff'), color).toBeGreaterThanOrEqual(4.5)
    expect(contrast(color, '#17181b'), color).toBeGreaterThanOrEqual(3)
  }
})

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}
