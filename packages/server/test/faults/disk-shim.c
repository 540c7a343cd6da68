/*
 * Stands between the process and its disk (LD_PRELOAD). Writes a journal of what would survive a power loss, or fails a
 * chosen write or sync with EIO. Knows no rows and no LevelDB; it looks at files below DISK_FOLDER only.
 *
 * DISK_JOURNAL  file of records: kind(1) path-length(4) path size(8) bytes. Kinds: S synced file with its content,
 *               R rename (the content is the new path), U unlink, D synced folder with the names in it, one a line,
 *               A what was said on standard output.
 * DISK_FAIL     "write" or "sync", with DISK_FAIL_AT=n: the n-th one fails with EIO, and never happens.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int journal = -1;
static long writes = 0, syncs = 0;

static int ours(const char *path) {
  const char *folder = getenv("DISK_FOLDER");
  return folder != NULL && strncmp(path, folder, strlen(folder)) == 0;
}

/* Gives the length of the path, 0 when the file is none of ours. */
static size_t path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0) return 0;
  path[length] = 0;
  return ours(path) ? (size_t)length : 0;
}

static void put(const void *bytes, size_t length) {
  const char *at = bytes;
  while (length > 0) {
    long written = syscall(SYS_write, journal, at, length);
    if (written <= 0) abort();
    at += written;
    length -= (size_t)written;
  }
}

static void record(char kind, const char *path, const void *bytes, uint64_t size) {
  const char *file = getenv("DISK_JOURNAL");
  if (file == NULL) return;
  if (journal < 0) journal = (int)syscall(SYS_openat, AT_FDCWD, file, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  uint32_t length = (uint32_t)strlen(path);
  put(&kind, 1);
  put(&length, 4);
  put(path, length);
  put(&size, 8);
  put(bytes, size);
}

/* The names in it are durable from now on, those of files of which not a byte is among them. */
static void record_names(const char *path) {
  DIR *folder = opendir(path);
  size_t length = 0, room = 0;
  char *names = NULL;
  if (folder == NULL) return;
  for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
    size_t size = strlen(entry->d_name);
    if (entry->d_type != DT_REG) continue;
    if (length + size + 1 > room) names = realloc(names, room = 2 * (length + size + 1));
    if (names == NULL) abort();
    memcpy(names + length, entry->d_name, size);
    length += size;
    names[length++] = '\n';
  }
  closedir(folder);
  record('D', path, names, length);
  free(names);
}

static void record_content(const char *path) {
  if (getenv("DISK_JOURNAL") == NULL) return;
  int fd = (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC, 0);
  struct stat about;
  if (fd < 0) return;
  if (fstat(fd, &about) == 0 && S_ISREG(about.st_mode)) {
    char *bytes = malloc((size_t)about.st_size + 1);
    ssize_t size = pread(fd, bytes, (size_t)about.st_size, 0);
    if (size >= 0) record('S', path, bytes, (uint64_t)size);
    free(bytes);
  } else record_names(path);
  close(fd);
}

static int fails(const char *what, long *count) {
  const char *kind = getenv("DISK_FAIL"), *at = getenv("DISK_FAIL_AT");
  pthread_mutex_lock(&lock);
  long now = ++*count;
  pthread_mutex_unlock(&lock);
  if (kind == NULL || at == NULL || strcmp(kind, what) != 0 || now != atol(at)) return 0;
  errno = EIO;
  return 1;
}

static int synced(int fd, long number) {
  char path[PATH_MAX];
  if (path_of(fd, path) == 0) return (int)syscall(number, fd);
  if (fails("sync", &syncs)) return -1;
  if (getenv("DISK_FORGETS") != NULL) return 0;
  int result = (int)syscall(number, fd);
  if (result == 0) {
    pthread_mutex_lock(&lock);
    record_content(path);
    pthread_mutex_unlock(&lock);
  }
  return result;
}

int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }
int fsync(int fd) { return synced(fd, SYS_fsync); }

int rename(const char *from, const char *to) {
  int result = (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to);
  if (result == 0 && ours(from)) {
    pthread_mutex_lock(&lock);
    record('R', from, to, strlen(to));
    pthread_mutex_unlock(&lock);
  }
  return result;
}

int unlink(const char *path) {
  int result = (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
  if (result == 0 && ours(path)) {
    pthread_mutex_lock(&lock);
    record('U', path, "", 0);
    pthread_mutex_unlock(&lock);
  }
  return result;
}

ssize_t write(int fd, const void *bytes, size_t size) {
  char path[PATH_MAX];
  if (fd == 1) {
    /* Before it is said: what is in the journal behind it may not be needed for it. */
    pthread_mutex_lock(&lock);
    record('A', "", bytes, size);
    pthread_mutex_unlock(&lock);
  } else if (path_of(fd, path) > 0 && fails("write", &writes)) return -1;
  return syscall(SYS_write, fd, bytes, size);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off_t at) {
  char path[PATH_MAX];
  if (path_of(fd, path) > 0 && fails("write", &writes)) return -1;
  return syscall(SYS_pwrite64, fd, bytes, size, at);
}

/* What LevelDB writes with: the C library's own write cannot be stepped between. */
int fflush_unlocked(FILE *file) {
  static int (*real)(FILE *);
  char path[PATH_MAX];
  if (real == NULL) *(void **)&real = dlsym(RTLD_NEXT, "fflush_unlocked");
  if (file != NULL && path_of(fileno(file), path) > 0 && fails("write", &writes)) return EOF;
  return real(file);
}
