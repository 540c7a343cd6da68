import { describe, expect, it } from 'vitest'
import { allows, isRole, roles } from './roles.ts'

describe('roles', () => {
  it('[GA5] are ordered: each may do what those before it may, and nothing more', () => {
    const table = roles.map((role) => roles.map((needed) => (allows(role, needed) ? 'yes' : 'no')))
    expect(roles).toEqual(['viewer', 'commenter', 'editor', 'owner'])
    expect(table).toEqual([
      ['yes', 'no', 'no', 'no'],
      ['yes', 'yes', 'no', 'no'],
      ['yes', 'yes', 'yes', 'no'],
      ['yes', 'yes', 'yes', 'yes'],
    ])
  })

  it('are these four words and no others', () => {
    expect(roles.every(isRole)).toBe(true)
    for (const text of ['', 'Editor', 'admin', 'toString', 'length', '0']) expect(isRole(text)).toBe(false)
  })
})
