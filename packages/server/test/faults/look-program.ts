/**
 * A process that opens one data folder after the other, as their paths come on standard input, reads everything in each and says
 * what it found. LevelDB ends the process over some damaged tables, so whoever looks at damage has somebody else look.
 * Arguments: for each document "id=number", what is saved in it.
 */
import { createInterface } from 'node:readline'
import { CometpadError } from '@cometpad/shared'
import { openLevelLog } from '../../src/storage/index.ts'
import type { OpenedLog } from '../../src/storage/index.ts'
import { faultOf } from './numbers.ts'

export interface Outcome {
  /** Documents that are refused; 'all': the whole folder is. */
  readonly refused: 'all' | readonly string[]
  /** The code and the sentence of each refusal. */
  readonly refusals: readonly { readonly code: string; readonly text: string }[]
  /** What was lost or served wrong without a word. */
  readonly faults: readonly string[]
  /** What the operator was told. */
  readonly reported: readonly string[]
}

const saved = process.argv.slice(2).map((word) => word.split('='))

async function look(folder: string): Promise<Outcome> {
  const reported: string[] = []
  const report = {
    failed: (what: string, documentId: string, cause: unknown) =>
      void reported.push(`${what} ${documentId} ${String(cause)}`),
  }
  let opened: OpenedLog
  try {
    opened = await openLevelLog({ folder, report })
  } catch (cause) {
    return { refused: 'all', refusals: [refusalOf(cause)], faults: [], reported }
  }
  const refused: string[] = []
  const refusals: Outcome['refusals'][number][] = []
  const faults: string[] = []
  for (const [documentId = '', number] of saved) {
    try {
      const fault = await faultOf(opened.log, documentId, Number(number))
      if (fault !== undefined) faults.push(fault)
    } catch (cause) {
      refusals.push(refusalOf(cause))
      refused.push(documentId)
    }
  }
  await opened.close()
  return { refused, refusals, faults, reported }
}

function refusalOf(cause: unknown): Outcome['refusals'][number] {
  if (!(cause instanceof CometpadError)) throw cause
  return { code: cause.code, text: cause.message }
}

for await (const folder of createInterface({ input: process.stdin }))
  process.stdout.write(`${JSON.stringify(await look(folder))}\n`)
