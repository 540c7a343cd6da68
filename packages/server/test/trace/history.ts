/**
 * A real editing history: a paper of 259,778 single-character edits from the public collection of editing traces, when it
 * lies beside the checkout; else one of the same size and habits (typing, going back, deleting) from a seeded generator.
 */
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { gunzipSync } from 'node:zlib'
import { SeededRandom } from '@cometpad/shared/testing'

/** At `position` so many characters go and this text comes. */
export type Patch = readonly [position: number, deleted: number, inserted: string]

export interface History {
  readonly name: string
  readonly patches: readonly Patch[]
  readonly endContent: string
}

const TRACE = new URL('../../../../../shared/data/automerge-paper.json.gz', import.meta.url)
const EDITS = 259_778

export async function loadHistory(): Promise<History> {
  if (!existsSync(TRACE)) return generated(EDITS, 1)
  const trace: unknown = JSON.parse(gunzipSync(await readFile(fileURLToPath(TRACE))).toString())
  if (!isTrace(trace) || trace.startContent !== '')
    throw new TypeError('The trace has another form than expected')
  return { name: 'paper', patches: trace.txns.flatMap((txn) => txn.patches), endContent: trace.endContent }
}

interface Trace {
  readonly startContent: string
  readonly endContent: string
  readonly txns: readonly { readonly patches: readonly Patch[] }[]
}

function isTrace(value: unknown): value is Trace {
  return (
    typeof value === 'object' &&
    value !== null &&
    'txns' in value &&
    Array.isArray(value.txns) &&
    'endContent' in value
  )
}

/** Types words, now and then elsewhere, and takes back about a third of them again. */
export function generated(edits: number, seed: number): History {
  const random = new SeededRandom(seed)
  const letters = 'etaoinshrdlu ,.\n'
  const patches: Patch[] = []
  let content = ''
  let caret = 0
  while (patches.length < edits) {
    if (random.chance(0.02)) caret = random.below(content.length + 1)
    const backspaces = random.chance(0.12) ? Math.min(caret, 1 + random.below(8)) : 0
    for (let n = 0; n < backspaces && patches.length < edits; n += 1) {
      caret -= 1
      patches.push([caret, 1, ''])
      content = content.slice(0, caret) + content.slice(caret + 1)
    }
    for (let n = random.below(12); n > 0 && patches.length < edits; n -= 1) {
      const letter = letters[random.below(letters.length)] ?? ' '
      patches.push([caret, 0, letter])
      content = content.slice(0, caret) + letter + content.slice(caret)
      caret += 1
    }
  }
  return { name: 'generated', patches, endContent: content }
}
