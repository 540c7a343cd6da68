/**
 * Grants that change with what owners say: each looks at the sheet of its document whenever it is asked. Knows no request, and does not
 * check whether somebody may hold it.
 */
import { allows } from '@cometpad/shared'
import type { ErrorCode, Role } from '@cometpad/shared'
import { isExpired } from '../../core/ports.ts'
import type { AccessSheet, Grant } from '../../core/ports.ts'
import type { Claims } from './token-verifier.ts'

/** Comments of a document live in a document of their own, in which a commenter may write. */
const COMMENTS = '/comments'

/** Where somebody wants to be let in. */
export interface Place {
  /** The document whose sheet counts, and whose id tokens may name. */
  readonly governing: string
  readonly isComments: boolean
}

export function commentsOf(documentId: string): string {
  return `${documentId}${COMMENTS}`
}

export function placeOf(documentId: string): Place {
  const parent = documentId.endsWith(COMMENTS) ? documentId.slice(0, -COMMENTS.length) : ''
  return parent === ''
    ? { governing: documentId, isComments: false }
    : { governing: parent, isComments: true }
}

function roleAt({ isComments }: Place, role: Role): Role {
  return isComments && allows(role, 'commenter') && !allows(role, 'editor') ? 'editor' : role
}

/** What a token gives, unless an owner has said otherwise of its subject. */
export class TokenGrant implements Grant {
  readonly subject: string
  readonly name?: string
  readonly color?: string
  readonly endsAt: number
  readonly #tokenRole: Role
  readonly #place: Place
  readonly #sheet: AccessSheet

  constructor(
    { subject, name, color, role }: Claims,
    { place, sheet, endsAt }: { place: Place; sheet: AccessSheet; endsAt: number },
  ) {
    this.subject = subject
    if (name !== undefined) this.name = name
    if (color !== undefined) this.color = color
    this.endsAt = endsAt
    this.#tokenRole = role
    this.#place = place
    this.#sheet = sheet
  }

  get ended(): ErrorCode | undefined {
    if (this.#sheet.isOver) return 'DOCUMENT_NOT_FOUND'
    if (this.#sheet.isUnknown) return 'STORE_UNAVAILABLE'
    return this.#said === 'none' ? 'FORBIDDEN' : undefined
  }

  get role(): Role {
    const said = this.#said
    return said === 'none' ? 'viewer' : roleAt(this.#place, said)
  }

  get mayDelete(): boolean {
    return this.#said === 'owner'
  }

  get #said(): Role | 'none' {
    return this.#sheet.people.get(this.subject)?.role ?? this.#tokenRole
  }
}

/** Begins the subject of whoever came with a link: nobody knows who that is. */
const LINK_SUBJECT = 'link:'

export function linkSubject(linkId: string): string {
  return `${LINK_SUBJECT}${linkId}`
}

export function isLinkSubject(subject: string): boolean {
  return subject.startsWith(LINK_SUBJECT)
}

/** What a share link gives, for as long as there is one. */
export class LinkGrant implements Grant {
  readonly subject: string
  readonly #linkId: string
  readonly #place: Place
  readonly #sheet: AccessSheet
  readonly #now: () => number

  /** @param now milliseconds since 1970, UTC */
  constructor(
    linkId: string,
    { place, sheet, now }: { place: Place; sheet: AccessSheet; now: () => number },
  ) {
    this.subject = linkSubject(linkId)
    this.#linkId = linkId
    this.#place = place
    this.#sheet = sheet
    this.#now = now
  }

  get ended(): ErrorCode | undefined {
    const link = this.#sheet.links.get(this.#linkId)
    if (this.#sheet.isUnknown && !this.#sheet.isOver) return 'STORE_UNAVAILABLE'
    if (link === undefined || this.#sheet.isOver) return 'LINK_INVALID'
    return isExpired(link, this.#now()) ? 'LINK_INVALID' : undefined
  }

  get role(): Role {
    return roleAt(this.#place, this.#sheet.links.get(this.#linkId)?.role ?? 'viewer')
  }

  get mayDelete(): boolean {
    return this.#sheet.links.get(this.#linkId)?.role === 'owner'
  }
}
