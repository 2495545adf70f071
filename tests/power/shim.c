/* What a disk would still have after a power loss, kept by a preloaded library.
 *
 * At every finished fsync or fdatasync of a file below VORLAGE_POWER_ROOT, a copy of the whole file lies in
 * VORLAGE_POWER_SHADOW, named by the file's inode and time of birth (inodes are used again). The copy is made before
 * the real call, so that what is written meanwhile does not count, and it gets its name after the real call, so that a
 * call that was never finished does not count either. sync_file_range(2) counts as nothing, as its manual page says.
 * A lock for each file keeps the copies of several threads and processes in order.
 *
 * With VORLAGE_POWER_COPIES_ONLY nothing is really made durable: the copies are all that counts, and a server with a
 * thousand files need not wait for a disk that others use.
 *
 * Folders are not looked at: new names count as durable at once. That is kinder than some file systems.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

typedef int (*syncing)(int);

/* The name of the file's copy, without an ending; 0 when the file is none of ours. */
static int shadow_of(int fd, char *name, size_t size) {
  const char *root = getenv("VORLAGE_POWER_ROOT"), *shadow = getenv("VORLAGE_POWER_SHADOW");
  char link[64], path[4096];
  struct statx st;
  if (!root || !shadow || !*root) return 0;
  if (statx(fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_INO | STATX_BTIME, &st) != 0) return 0;
  if (!S_ISREG(st.stx_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  size_t prefix = strlen(root);
  if (strncmp(path, root, prefix) != 0 || path[prefix] != '/') return 0;
  snprintf(name, size, "%s/%llu-%lld%09u", shadow, (unsigned long long)st.stx_ino,
           (long long)st.stx_btime.tv_sec, st.stx_btime.tv_nsec);
  return 1;
}

static int copy(int fd, const char *to) {
  char link[64];
  static __thread char piece[1 << 16];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  int from = open(link, O_RDONLY | O_CLOEXEC);
  int into = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  int failed = from < 0 || into < 0;
  while (!failed) {
    ssize_t got = read(from, piece, sizeof piece);
    if (got == 0) break;
    failed = got < 0 || write(into, piece, got) != got;
  }
  if (from >= 0) close(from);
  if (into >= 0) close(into);
  return failed ? -1 : 0;
}

static int keep(int fd, syncing really) {
  char name[4096 + 64], lock[4096 + 80], part[4096 + 80];
  int only = getenv("VORLAGE_POWER_COPIES_ONLY") != NULL;
  if (!shadow_of(fd, name, sizeof name)) return only ? 0 : really(fd);
  snprintf(lock, sizeof lock, "%s.lock", name);
  snprintf(part, sizeof part, "%s.part", name);
  int held = open(lock, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  if (held < 0 || flock(held, LOCK_EX) != 0 || copy(fd, part) != 0) {
    static const char told[] = "the power shim cannot keep a copy\n";
    if (write(2, told, sizeof told - 1) < 0) abort();
    abort();
  }
  int done = only ? 0 : really(fd), why = errno;
  if (done == 0 && rename(part, name) != 0) abort();
  close(held);
  errno = why;
  return done;
}

int fsync(int fd) {
  static syncing really;
  if (!really) really = (syncing)dlsym(RTLD_NEXT, "fsync");
  return keep(fd, really);
}

int fdatasync(int fd) {
  static syncing really;
  if (!really) really = (syncing)dlsym(RTLD_NEXT, "fdatasync");
  return keep(fd, really);
}

/* Keeps no copies: whoever calls it at a start finds everything durable. */
int syncfs(int fd) {
  static syncing really;
  if (!really) really = (syncing)dlsym(RTLD_NEXT, "syncfs");
  return getenv("VORLAGE_POWER_COPIES_ONLY") ? 0 : really(fd);
}
