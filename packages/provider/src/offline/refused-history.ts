/**
 * Names what was refused apart from the history that it was meant for: that one goes on, and pages begin anew from it.
 * Generations are hexadecimal digits, so none of them looks like that.
 */
import type { KeptCopy } from './store.ts'

const MARK = '~refused-'

/** @param random from 0 to 1: one history may be refused something more than once */
export function refusedHistory(generation: string, random: number): string {
  return generation + MARK + Math.floor(random * 2 ** 40).toString(36)
}

export function reasonOf(generation: string): KeptCopy['reason'] {
  return generation.includes(MARK) ? 'refused' : 'replaced'
}
