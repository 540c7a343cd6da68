/** How often the passwords of share links can be tried, and that who tries keeps nobody else out. */
import { CometpadError, limits } from '@cometpad/shared'
import { beforeAll, describe, expect, it } from 'vitest'
import type { LinkPassword, ShareLink } from '../../src/core/ports.ts'
import { Turns } from '../../src/core/turns.ts'
import { Passwords } from '../../src/http/access/passwords.ts'

const link: ShareLink = { linkId: 'link', role: 'viewer', secretHash: '', createdBy: 'ada', createdAt: 0 }
let password: LinkPassword

function turns(each = limits.waitingPasswords): Turns {
  return new Turns({ each, all: limits.waitingPasswordsInAll })
}

beforeAll(async () => {
  password = await new Passwords(limits, () => 0, turns()).keep('right', 'ada')
})

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'right'
  } catch (cause) {
    if (cause instanceof CometpadError) return cause.code
    throw cause
  }
}

describe('passwords of a share link', () => {
  it('[SL3] are not tried any more from an address that was wrong too often, and from others they are', async () => {
    let now = 0
    const passwords = new Passwords({ ...limits, passwordTries: 2, passwordGuessers: 3 }, () => now, turns())
    const from = (address: string, text: string): Promise<string> =>
      codeOf(passwords.prove(link, text, password, address))
    expect([await from('a', 'x'), await from('a', 'y')]).toEqual(['PASSWORD_WRONG', 'PASSWORD_WRONG'])
    expect(await from('a', 'right')).toBe('RATE_LIMITED')
    expect(await from('b', 'right')).toBe('right')
    expect(await codeOf(passwords.prove({ ...link, linkId: 'other' }, 'right', password, 'a'))).toBe('right')
    // No more are remembered.
    expect(await from('c', 'right')).toBe('OVERLOADED')
    now = limits.passwordWindowMs
    expect(await from('a', 'right')).toBe('right')
  })

  it('[SL3] are looked at one after the other from one address, and others come between', async () => {
    const bounds = { ...limits, passwordTries: 100, passwordChecks: 2 }
    const passwords = new Passwords(bounds, () => 0, turns(4))
    const done: string[] = []
    const guess = async (address: string): Promise<void> => {
      done.push(`${address} ${await codeOf(passwords.prove(link, 'x', password, address))}`)
    }
    const all = ['a', 'a', 'a', 'a', 'a', 'b', 'c'].map((address) => guess(address))
    await Promise.all(all)
    expect(done[0]).toBe('a OVERLOADED')
    expect(done).toHaveLength(7)
    // Two at once: a and b, then a and c, then the rest of a.
    expect(done.slice(0, 5)).toEqual(expect.arrayContaining(['b PASSWORD_WRONG', 'c PASSWORD_WRONG']))
  })
})
