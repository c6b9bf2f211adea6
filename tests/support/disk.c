/* Stands between a process and its files in one folder: writes down all it does to them, in order, and refuses
 * what it is told to refuse. Loaded with LD_PRELOAD.
 *
 * DISK_FOLDER  the folder; files elsewhere are left alone
 * DISK_TAPE    where to write down; nothing is written down without it
 * DISK_FAULT   kinds:first:count:errno - from the first-th call of those kinds (w write, s sync, c create or
 *              truncate) on, count calls fail (0: all). A write that meets a full disk is half done first.
 *
 * One record: kind, number of the file, offset, nanoseconds, length of the name, length of the data; name; data.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILES 4096
enum { OUTSIDE, INSIDE, SHARED_MEMORY };

static char ours[FILES];
static const char *folder;
static size_t folder_length;
static int tape = -1;
static pthread_mutex_t guard = PTHREAD_MUTEX_INITIALIZER;
static char fault_kinds[8];
static long fault_first, fault_count, fault_errno, seen;

#define REAL(type, name, ...) \
    static type (*real_##name)(__VA_ARGS__); \
    if (!real_##name) real_##name = (type (*)(__VA_ARGS__))dlsym(RTLD_NEXT, #name)

static ssize_t put(int fd, const void *data, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    return real_write(fd, data, length);
}

__attribute__((constructor)) static void begin(void) {
    const char *name = getenv("DISK_TAPE"), *fault = getenv("DISK_FAULT");
    folder = getenv("DISK_FOLDER");
    if (!folder) return;
    folder_length = strlen(folder);
    if (fault) sscanf(fault, "%7[wsc]:%ld:%ld:%ld", fault_kinds, &fault_first, &fault_count, &fault_errno);
    if (name) {
        REAL(int, open, const char *, int, ...);
        tape = real_open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (tape < 0) abort();
    }
}

static int kind_of(const char *path) {
    if (!folder || strncmp(path, folder, folder_length) || (path[folder_length] && path[folder_length] != '/'))
        return OUTSIDE;
    size_t length = strlen(path);
    return length > 4 && !strcmp(path + length - 4, "-shm") ? SHARED_MEMORY : INSIDE;
}

static int of(int fd) { return fd >= 0 && fd < FILES ? ours[fd] : OUTSIDE; }

/* Held around the call and its record, so that the tape has the order of the disk, whichever process it was. */
static void enter(void) {
    pthread_mutex_lock(&guard);
    if (tape >= 0) flock(tape, LOCK_EX);
}

static void leave(void) {
    int error = errno;
    if (tape >= 0) flock(tape, LOCK_UN);
    pthread_mutex_unlock(&guard);
    errno = error;
}

static void record(char kind, uint64_t file, int64_t offset, const char *name, const void *data, size_t length) {
    if (tape < 0) return;
    int error = errno;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    struct __attribute__((packed)) { char kind; uint64_t file; int64_t offset, at; uint32_t name, data; } head = {
        kind, file, offset, now.tv_sec * 1000000000LL + now.tv_nsec, name ? strlen(name) : 0, length};
    if (put(tape, &head, sizeof head) != (ssize_t)sizeof head) abort();
    if (head.name && put(tape, name, head.name) != (ssize_t)head.name) abort();
    if (length && put(tape, data, length) != (ssize_t)length) abort();
    errno = error;
}

static uint64_t number(int fd) {
    struct stat about;
    return fstat(fd, &about) ? 0 : about.st_ino;
}

static int refused(char kind, int fd) {
    char link[64], path[PATH_MAX];
    if (!fault_first || !strchr(fault_kinds, kind)) return 0;
    if (fd >= 0) {  /* the notes of a test are not the disk's business */
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length >= 6 && !strncmp(path + length - 6, "/marks", 6)) return 0;
    }
    long this = __sync_add_and_fetch(&seen, 1);
    if (this < fault_first || (fault_count && this >= fault_first + fault_count)) return 0;
    errno = fault_errno;
    return this == fault_first ? 2 : 1;
}

static int opened(int fd, const char *path, int flags) {
    if (fd >= 0 && fd < FILES) {
        ours[fd] = kind_of(path);
        if (ours[fd] == INSIDE && (flags & O_ACCMODE) != O_RDONLY) record('O', number(fd), flags, path, NULL, 0);
    }
    return fd;
}

#define OPEN(name, before, at, ...) \
    int name(before const char *path, int flags, ...) { \
        mode_t mode = 0; \
        if (flags & (O_CREAT | __O_TMPFILE)) { \
            va_list rest; \
            va_start(rest, flags); \
            mode = va_arg(rest, mode_t); \
            va_end(rest); \
        } \
        REAL(int, name, __VA_ARGS__); \
        int where = kind_of(path); \
        if (where == OUTSIDE) return opened(real_##name(at path, flags, mode), path, flags); \
        if ((flags & (O_CREAT | O_TRUNC)) && access(path, F_OK) && refused('c', -1)) return -1; \
        enter(); \
        int fd = opened(real_##name(at path, flags, mode), path, flags); \
        leave(); \
        return fd; \
    }
#define NOTHING
#define DIRECTORY int at,
#define AT at,
OPEN(open, NOTHING, NOTHING, const char *, int, ...)
OPEN(open64, NOTHING, NOTHING, const char *, int, ...)
OPEN(openat, DIRECTORY, AT, int, const char *, int, ...)
OPEN(openat64, DIRECTORY, AT, int, const char *, int, ...)

int close(int fd) {
    REAL(int, close, int);
    if (fd >= 0 && fd < FILES) ours[fd] = OUTSIDE;
    return real_close(fd);
}

#define PWRITE(name) \
    ssize_t name(int fd, const void *data, size_t length, off_t offset) { \
        REAL(ssize_t, name, int, const void *, size_t, off_t); \
        if (of(fd) == OUTSIDE) return real_##name(fd, data, length, offset); \
        int no = refused('w', fd); \
        if (no == 1 || (no && (length < 2 || errno != ENOSPC))) return -1; \
        if (no) length /= 2; \
        enter(); \
        ssize_t done = real_##name(fd, data, length, offset); \
        if (done > 0 && of(fd) == INSIDE) record('W', number(fd), offset, NULL, data, done); \
        leave(); \
        return done; \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t write(int fd, const void *data, size_t length) {
    REAL(ssize_t, write, int, const void *, size_t);
    if (of(fd) == OUTSIDE) return real_write(fd, data, length);
    if (refused('w', fd)) return -1;
    enter();
    ssize_t done = real_write(fd, data, length);
    if (done > 0 && of(fd) == INSIDE) record('W', number(fd), lseek(fd, 0, SEEK_CUR) - done, NULL, data, done);
    leave();
    return done;
}

#define TRUNCATE(name) \
    int name(int fd, off_t length) { \
        REAL(int, name, int, off_t); \
        if (of(fd) == OUTSIDE) return real_##name(fd, length); \
        if (refused('c', fd)) return -1; \
        enter(); \
        int failed = real_##name(fd, length); \
        if (!failed && of(fd) == INSIDE) record('T', number(fd), length, NULL, NULL, 0); \
        leave(); \
        return failed; \
    }
TRUNCATE(ftruncate)
TRUNCATE(ftruncate64)

/* Nothing is really synced: the tape is the disk. */
static int sync_one(int fd) {
    char link[64], path[PATH_MAX];
    struct stat about;
    if (refused('s', fd)) return -1;
    enter();
    if (!fstat(fd, &about) && S_ISDIR(about.st_mode)) {
        snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
        ssize_t length = readlink(link, path, sizeof path - 1);
        if (length > 0) { path[length] = 0; record('D', 0, 0, path, NULL, 0); }
    } else {
        record('S', about.st_ino, 0, NULL, NULL, 0);
    }
    leave();
    return 0;
}

#define SYNC(name) \
    int name(int fd) { \
        REAL(int, name, int); \
        return of(fd) == INSIDE ? sync_one(fd) : real_##name(fd); \
    }
SYNC(fsync)
SYNC(fdatasync)

#define NAMES(name, kind, declared, passed, first, second, length) \
    int name declared { \
        static int (*real) declared; \
        if (!real) real = (int (*) declared)dlsym(RTLD_NEXT, #name); \
        if (kind_of(first) != INSIDE) return real passed; \
        enter(); \
        int failed = real passed; \
        if (!failed) record(kind, 0, 0, first, second, length); \
        leave(); \
        return failed; \
    }
NAMES(unlink, 'U', (const char *path), (path), path, NULL, 0)
NAMES(unlinkat, 'U', (int at, const char *path, int flags), (at, path, flags), path, NULL, 0)
NAMES(rename, 'R', (const char *from, const char *to), (from, to), from, to, strlen(to))
NAMES(renameat, 'R', (int at, const char *from, int at2, const char *to), (at, from, at2, to), from, to, strlen(to))
NAMES(link, 'L', (const char *from, const char *to), (from, to), from, to, strlen(to))
NAMES(linkat, 'L', (int at, const char *from, int at2, const char *to, int flags), (at, from, at2, to, flags), from,
      to, strlen(to))
