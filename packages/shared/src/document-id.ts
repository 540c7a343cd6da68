/**
 * The names of documents. Only unreserved URL characters, so that an id is the same in a path, a log line and a shell.
 */
import { CometpadError } from './errors.ts'
import { commonLimits as limits } from './common-limits.ts'

const SEGMENT = /^[A-Za-z0-9\-_.~]+$/

/** Is this text a document id? The rule stands in the error table under INVALID_DOCUMENT_ID. */
export function isDocumentId(text: string): boolean {
  if (text.length === 0 || text.length > limits.documentIdLength) return false
  return text.split('/').every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')
}

/** Throws INVALID_DOCUMENT_ID unless the text is a document id. */
export function checkDocumentId(text: string): string {
  if (!isDocumentId(text)) throw new CometpadError('INVALID_DOCUMENT_ID')
  return text
}
