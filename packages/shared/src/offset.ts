/**
 * An offset is a position in a document's log: durable, gapless, strictly increasing, never reused. The first entry
 * has offset 1; "after offset 0" means everything. In text it is a fixed-width decimal, so that it sorts as it counts.
 */
export type Offset = number

export const START: Offset = 0

const WIDTH = 16

export function formatOffset(offset: Offset): string {
  if (!isOffset(offset)) throw new TypeError(`Not an offset: ${offset}`)
  return String(offset).padStart(WIDTH, '0')
}

/** The offset that the text stands for, or undefined when it has another form. */
export function parseOffset(text: string): Offset | undefined {
  if (!/^\d{1,16}$/.test(text)) return undefined
  const offset = Number(text)
  return isOffset(offset) ? offset : undefined
}

export function isOffset(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}
