import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CometpadError, errorOfClose, errorTable, isErrorCode } from './errors.ts'
import type { ErrorCode } from './errors.ts'

const rows = (Object.keys(errorTable) as ErrorCode[]).map((code) => ({ code, ...errorTable[code] }))
/** Errors that end a process are said on its standard error and never travel. */
const travelling = rows.filter(({ exit }) => exit === undefined)
const ending = rows.filter(({ exit }) => exit !== undefined)

describe('the table', () => {
  it('[ER1] has no two codes that travel with one close code', () => {
    const closes = travelling.map(({ close }) => close)
    expect(closes.filter((close, index) => closes.indexOf(close) !== index)).toEqual([])
    expect(travelling.length).toBeGreaterThan(20)
  })

  it.each(rows)(
    '[ER1] $code has the status of an error and whole sentences that begin and end as such',
    (row) => {
      expect(row.code).toMatch(/^[A-Z]+(_[A-Z]+)*$/)
      expect(row.status).toBeGreaterThanOrEqual(400)
      expect(row.status).toBeLessThan(600)
      expect(row.text).toMatch(/^[A-Z].*\.$/)
      expect(row.text).not.toMatch(/\n|undefined/)
    },
  )

  it.each(travelling)(
    '[ER2] $code closes in the band that tells whether to try again',
    ({ close, retry }) => {
      if (retry) expect(close === 1012 || (close >= 4500 && close <= 4599)).toBe(true)
      else expect(close >= 4400 && close <= 4499).toBe(true)
    },
  )

  it('[ER1] gives every error that ends the process an exit code of its own', () => {
    const exits = ending.map(({ exit }) => exit)
    expect(new Set(exits).size).toBe(exits.length)
    expect(exits.every((exit) => exit !== undefined && exit >= 64 && exit <= 78)).toBe(true)
  })
})

describe('docs/errors.md', () => {
  it('[ER1] is the table, row by row, and nothing else', () => {
    const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8')
    const expected = rows.map(({ code, status, close, retry, text, exit }) => {
      const where = exit === undefined ? `${status} | ${close}` : `exit ${exit} | `
      return `| \`${code}\` | ${where} | ${retry ? 'yes' : 'no'} | ${text} |`
    })
    expect(page.split('\n').filter((line) => line.startsWith('| `'))).toEqual(expected)
  })
})

describe('codes', () => {
  it('[ER1] are found by their close code', () => {
    for (const { code, close } of travelling) expect(errorOfClose(close)).toBe(code)
    for (const close of [0, 1000, 1001, 1006, 4000, 4399, 4499]) expect(errorOfClose(close)).toBeUndefined()
  })

  it('are told from other words, those that every object has included', () => {
    for (const { code } of rows) expect(isErrorCode(code)).toBe(true)
    for (const text of ['', 'read_only', 'toString', '__proto__', 'constructor'])
      expect(isErrorCode(text)).toBe(false)
  })
})

describe('CometpadError', () => {
  it('[ER1] says the sentence of its code, behind the detail when there is one, and keeps its cause', () => {
    const cause = new Error('inside')
    const plain = new CometpadError('READ_ONLY')
    expect(plain.message).toBe(errorTable.READ_ONLY.text)
    expect(plain.cause).toBeUndefined()
    const detailed = new CometpadError('INVALID_REQUEST', { detail: '"limit" is 0.', cause })
    expect(detailed.message).toBe(`"limit" is 0. ${errorTable.INVALID_REQUEST.text}`)
    expect(detailed.code).toBe('INVALID_REQUEST')
    expect(detailed.cause).toBe(cause)
    expect(detailed).toBeInstanceOf(Error)
    expect(String(detailed)).toMatch(/^CometpadError: /)
  })
})
