/**
 * Is a folder on a file system of another machine? Their locks and syncs promise less than they say: two servers can write
 * at once, and what was synced can be gone. Linux only; elsewhere nothing is known.
 */
import { readFile, realpath, statfs } from 'node:fs/promises'

/** Types as `statfs` tells them (linux/magic.h). */
const NETWORK_TYPES: Readonly<Record<number, string>> = {
  0x6969: 'NFS',
  0x517b: 'SMB',
  0xfe534d42: 'SMB',
  0xff534d42: 'CIFS',
  0x01021997: '9P',
  0x00c36400: 'Ceph',
  0x5346414f: 'AFS',
  0x0bd00bd0: 'Lustre',
  0x73757245: 'Coda',
  0x01161970: 'GFS2',
  0x7461636f: 'OCFS2',
}
const FUSE = 0x65735546
/** What mounts through FUSE and reaches other machines; a disk of a virtual machine may come through FUSE as well. */
const NETWORK_FUSE = /^fuse\.(sshfs|s3fs|rclone|goofys|gcsfuse|glusterfs|ceph|curlftpfs|davfs|blobfuse)/

export interface FileSystemLook {
  readonly typeOf: (path: string) => Promise<number>
  /** The text of /proc/self/mounts. */
  readonly mounts: () => Promise<string>
}

const system: FileSystemLook = {
  typeOf: async (path) => (await statfs(path)).type,
  mounts: () => readFile('/proc/self/mounts', 'utf8'),
}

/** The name of the network file system that a folder is on; undefined when it is on none, or when nothing is known. */
export async function networkFileSystem(folder: string, look = system): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined
  const type = await look.typeOf(folder)
  if (type !== FUSE) return NETWORK_TYPES[type]
  const kind = mountOf(await realpath(folder), await look.mounts())
  return kind !== undefined && NETWORK_FUSE.test(kind) ? kind : undefined
}

/** The kind of the innermost mount around a path. */
function mountOf(path: string, mounts: string): string | undefined {
  let found: { readonly point: string; readonly kind: string } | undefined
  for (const line of mounts.split('\n')) {
    const [, encoded, kind] = line.split(' ')
    if (encoded === undefined || kind === undefined) continue
    const point = encoded.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCodePoint(Number.parseInt(octal, 8)),
    )
    const isAround = path === point || path.startsWith(point.endsWith('/') ? point : `${point}/`)
    if (isAround && point.length >= (found?.point.length ?? 0)) found = { point, kind }
  }
  return found?.kind
}
