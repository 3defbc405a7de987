/* Fails fsync and fdatasync of files by their path. Preloaded by faults_sync.rs: everything is written, only the disk
 * never says so.
 *
 * FAIL_SYNC names a file; nothing fails while it is not there. Its first line is a part of the paths, or, with a `$`
 * after it, how they end. A second line `once` lets one sync fail and no more. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int matches(const char *path, char *wanted) {
    size_t length = strlen(wanted), has = strlen(path);
    if (length == 0 || wanted[length - 1] != '$') return strstr(path, wanted) != NULL;
    wanted[--length] = 0;
    return has >= length && strcmp(path + has - length, wanted) == 0;
}

static int fails(int fd) {
    char wanted[256], mode[16] = "", link[64], path[PATH_MAX];
    const char *name = getenv("FAIL_SYNC");
    FILE *file = name ? fopen(name, "r") : NULL;
    if (!file) return 0;
    int is_read = fgets(wanted, sizeof wanted, file) != NULL;
    if (is_read && !fgets(mode, sizeof mode, file)) mode[0] = 0;
    fclose(file);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!is_read || length < 0) return 0;
    path[length] = 0;
    wanted[strcspn(wanted, "\n")] = 0;
    if (!matches(path, wanted)) return 0;
    /* Of several threads only the one that removes the file fails. */
    return strncmp(mode, "once", 4) != 0 || unlink(name) == 0;
}

static int forward(const char *name, int fd) {
    if (fails(fd)) {
        errno = EIO;
        return -1;
    }
    int (*real)(int) = (int (*)(int))dlsym(RTLD_NEXT, name);
    return real(fd);
}

int fsync(int fd) { return forward("fsync", fd); }

int fdatasync(int fd) { return forward("fdatasync", fd); }
