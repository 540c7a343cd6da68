/** The trail of a document as the store has it, for the operator, whom no rights keep from it. Knows no server. */
import { CometpadError } from '@cometpad/shared'
import type { TrailEntry } from '../core/ports.ts'
import type { OpenedLog } from '../storage/index.ts'

/** The newest last. Rejects with DOCUMENT_NOT_FOUND when there is no such document, and was none. */
export async function trailOf(
  { access, log }: Pick<OpenedLog, 'access' | 'log'>,
  documentId: string,
): Promise<readonly TrailEntry[]> {
  const record = await access.read(documentId)
  if (record !== undefined) return record.trail
  if ((await log.find(documentId)) === undefined)
    throw new CometpadError('DOCUMENT_NOT_FOUND', { detail: `"${documentId}":` })
  return []
}
