/** What a grant lets its holder do. Roles are ordered: each may do what those before it may. */
export const roles = ['viewer', 'commenter', 'editor', 'owner'] as const

export type Role = (typeof roles)[number]

export function isRole(text: string): text is Role {
  return (roles as readonly string[]).includes(text)
}

/** May this role do what `needed` may? */
export function allows(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed)
}
