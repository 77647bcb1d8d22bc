// A library for LD_PRELOAD that makes calls of the C library fail for chosen files. libuv and LMDB make these calls, so that
// it reaches everything that a process of CESS writes. It is controlled by a file that the environment names:
//
//   CESS_FAULTS  A file of rules, read again whenever it changes. One rule a line:
//                  <call> <pattern of paths, as of fnmatch> <error> <first failing call, from 1> <number, 0 without end>
//                The calls are write, fsync, rename, truncate, open (for writing) and space, each with all its variants. `write`
//                through a descriptor with O_DSYNC counts as `write-sync` only. The errors are EIO, ENOSPC and SHORT: a write
//                that takes half of its bytes, as that of a disk which becomes full. `space` reports no free space.
//                A change of the file starts the counts again. Every fault appends a line to the file <CESS_FAULTS>.hits.
//                A rule `clock <pattern> <milliseconds> 0 0` moves the clock of processes whose command line (with spaces between
//                the arguments) matches the pattern. The monotonic clock is not moved.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define MAX_RULES 64
#define SHORT (-1)

struct rule {
  char call[16];
  char pattern[PATH_MAX];
  int error;
  long long skew_ms;
  long first, count, seen;
};

static struct rule rules[MAX_RULES];
static int rule_count;
static struct timespec read_at;
static off_t read_size;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) \
  static __typeof__(name) *real; \
  if (real == NULL) real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name)

static int real_open(const char *path, int flags) {
  static int (*real)(const char *, int, ...);
  if (real == NULL) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open64");
  return real(path, flags | O_CLOEXEC, 0644);
}

static ssize_t real_write(int fd, const void *bytes, size_t length) {
  static ssize_t (*real)(int, const void *, size_t);
  if (real == NULL) real = (ssize_t (*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
  return real(fd, bytes, length);
}

static void load(const char *control) {
  struct stat info;
  if (stat(control, &info) != 0) {
    rule_count = 0;
    read_size = -1;
    return;
  }
  if (info.st_size == read_size && info.st_mtim.tv_sec == read_at.tv_sec && info.st_mtim.tv_nsec == read_at.tv_nsec) return;
  read_size = info.st_size;
  read_at = info.st_mtim;
  rule_count = 0;
  int fd = real_open(control, O_RDONLY);
  if (fd < 0) return;
  char text[16384];
  ssize_t length = read(fd, text, sizeof text - 1);
  close(fd);
  if (length < 0) return;
  text[length] = 0;
  char *rest = NULL;
  for (char *line = strtok_r(text, "\n", &rest); line != NULL && rule_count < MAX_RULES; line = strtok_r(NULL, "\n", &rest)) {
    struct rule *rule = &rules[rule_count];
    char error[16];
    if (sscanf(line, "%15s %4095s %15s %ld %ld", rule->call, rule->pattern, error, &rule->first, &rule->count) != 5) continue;
    rule->error = strcmp(error, "SHORT") == 0 ? SHORT : strcmp(error, "ENOSPC") == 0 ? ENOSPC : EIO;
    rule->skew_ms = atoll(error);
    rule->seen = 0;
    rule_count++;
  }
}

// The error of this call, or 0.
static int fault(const char *call, const char *path) {
  const char *control = getenv("CESS_FAULTS");
  if (control == NULL || path == NULL) return 0;
  int kept = errno, error = 0;
  pthread_mutex_lock(&lock);
  load(control);
  for (int i = 0; i < rule_count && error == 0; i++) {
    struct rule *rule = &rules[i];
    if (strcmp(rule->call, call) != 0 || fnmatch(rule->pattern, path, 0) != 0) continue;
    rule->seen++;
    if (rule->seen >= rule->first && (rule->count == 0 || rule->seen < rule->first + rule->count)) error = rule->error;
  }
  pthread_mutex_unlock(&lock);
  if (error != 0) {
    char name[PATH_MAX], line[PATH_MAX + 64];
    snprintf(name, sizeof name, "%s.hits", control);
    int fd = real_open(name, O_WRONLY | O_CREAT | O_APPEND);
    if (fd >= 0) {
      int length = snprintf(line, sizeof line, "%s %s %d\n", call, path, error);
      (void)!real_write(fd, line, (size_t)length);
      close(fd);
    }
  }
  errno = kept;
  return error;
}

static const char *path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  if (length <= 0 || path[0] != '/') return NULL;
  path[length] = 0;
  return path;
}

static int fails_at(const char *call, int fd) {
  if (getenv("CESS_FAULTS") == NULL) return 0;
  char path[PATH_MAX];
  int kept = errno;
  int error = fault(call, path_of(fd, path));
  errno = error != 0 ? error : kept;
  return error;
}

static int fails_write(int fd) {
  if (getenv("CESS_FAULTS") == NULL) return 0;
  int flags = fcntl(fd, F_GETFL);
  return fails_at(flags >= 0 && (flags & O_DSYNC) != 0 ? "write-sync" : "write", fd);
}

static int fails_path(const char *call, const char *path) {
  if (getenv("CESS_FAULTS") == NULL) return 0;
  char full[PATH_MAX], here[PATH_MAX];
  if (path[0] != '/' && getcwd(here, sizeof here) != NULL && snprintf(full, sizeof full, "%s/%s", here, path) < (int)sizeof full)
    path = full;
  int error = fault(call, path);
  if (error != 0) errno = error;
  return error;
}

ssize_t write(int fd, const void *bytes, size_t length) {
  int error = fails_write(fd);
  if (error == SHORT) return real_write(fd, bytes, length / 2);
  return error != 0 ? -1 : real_write(fd, bytes, length);
}

#define PWRITE(name, offset_type) \
  ssize_t name(int fd, const void *bytes, size_t length, offset_type offset) { \
    REAL(name); \
    int error = fails_write(fd); \
    if (error == SHORT) return real(fd, bytes, length / 2, offset); \
    return error != 0 ? -1 : real(fd, bytes, length, offset); \
  }
PWRITE(pwrite, off_t)
PWRITE(pwrite64, off64_t)

ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  int error = fails_write(fd);
  if (error == SHORT) return real_write(fd, parts[0].iov_base, parts[0].iov_len / 2);
  return error != 0 ? -1 : real(fd, parts, count);
}

#define PWRITEV(name, offset_type) \
  ssize_t name(int fd, const struct iovec *parts, int count, offset_type offset) { \
    REAL(name); \
    int error = fails_write(fd); \
    struct iovec half = {parts[0].iov_base, parts[0].iov_len / 2}; \
    if (error == SHORT) return real(fd, &half, 1, offset); \
    return error != 0 ? -1 : real(fd, parts, count, offset); \
  }
PWRITEV(pwritev, off_t)
PWRITEV(pwritev64, off64_t)

int fsync(int fd) {
  REAL(fsync);
  return fails_at("fsync", fd) ? -1 : real(fd);
}

int fdatasync(int fd) {
  REAL(fdatasync);
  return fails_at("fsync", fd) ? -1 : real(fd);
}

int ftruncate(int fd, off_t length) {
  REAL(ftruncate);
  return fails_at("truncate", fd) ? -1 : real(fd, length);
}

int ftruncate64(int fd, off64_t length) {
  REAL(ftruncate64);
  return fails_at("truncate", fd) ? -1 : real(fd, length);
}

int rename(const char *from, const char *to) {
  REAL(rename);
  return fails_path("rename", to) ? -1 : real(from, to);
}

int link(const char *from, const char *to) {
  REAL(link);
  return fails_path("rename", to) ? -1 : real(from, to);
}

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    static int (*real)(const char *, int, ...); \
    if (real == NULL) real = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, #name); \
    mode_t mode = 0; \
    if ((flags & (O_CREAT | O_TMPFILE)) != 0) { \
      va_list rest; \
      va_start(rest, flags); \
      mode = va_arg(rest, mode_t); \
      va_end(rest); \
    } \
    if ((flags & O_ACCMODE) != O_RDONLY && fails_path("open", path)) return -1; \
    return real(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define STATFS(name) \
  int name(const char *path, struct name *info) { \
    static int (*real)(const char *, struct name *); \
    if (real == NULL) real = (int (*)(const char *, struct name *))dlsym(RTLD_NEXT, #name); \
    int result = real(path, info); \
    if (result == 0 && fails_path("space", path)) info->f_bavail = 0; \
    return result; \
  }
STATFS(statfs)
STATFS(statfs64)

#define SKEW_CHECK_NS 20000000LL

static int real_clock(clockid_t clock, struct timespec *now) {
  static int (*real)(clockid_t, struct timespec *);
  if (real == NULL) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  return real(clock, now);
}

// Command line of this process, with a space after every argument but the last.
static const char *command_line(void) {
  static char text[8192];
  if (text[0] == 0) {
    int fd = real_open("/proc/self/cmdline", O_RDONLY);
    ssize_t length = fd < 0 ? 0 : read(fd, text, sizeof text - 1);
    if (fd >= 0) close(fd);
    for (ssize_t i = 0; i < length - 1; i++)
      if (text[i] == 0) text[i] = ' ';
  }
  return text;
}

static long long skew_ms(void) {
  static atomic_llong current, checked;
  const char *control = getenv("CESS_FAULTS");
  if (control == NULL) return 0;
  struct timespec now;
  real_clock(CLOCK_MONOTONIC, &now);
  long long at = now.tv_sec * 1000000000LL + now.tv_nsec;
  if (at - atomic_load(&checked) < SKEW_CHECK_NS) return atomic_load(&current);
  atomic_store(&checked, at);
  int kept = errno;
  long long skew = 0;
  pthread_mutex_lock(&lock);
  load(control);
  for (int i = 0; i < rule_count && skew == 0; i++)
    if (strcmp(rules[i].call, "clock") == 0 && fnmatch(rules[i].pattern, command_line(), 0) == 0) skew = rules[i].skew_ms;
  pthread_mutex_unlock(&lock);
  errno = kept;
  atomic_store(&current, skew);
  return skew;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  int result = real_clock(clock, now);
  if (result != 0 || (clock != CLOCK_REALTIME && clock != CLOCK_REALTIME_COARSE)) return result;
  long long ns = now->tv_sec * 1000000000LL + now->tv_nsec + skew_ms() * 1000000LL;
  now->tv_sec = ns / 1000000000LL;
  now->tv_nsec = ns % 1000000000LL;
  return 0;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  struct timespec precise;
  (void)zone;
  if (clock_gettime(CLOCK_REALTIME, &precise) != 0) return -1;
  now->tv_sec = precise.tv_sec;
  now->tv_usec = precise.tv_nsec / 1000;
  return 0;
}

time_t time(time_t *out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out != NULL) *out = now.tv_sec;
  return now.tv_sec;
}
