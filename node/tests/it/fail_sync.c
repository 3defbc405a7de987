/* Fails fsync and fdatasync of files whose path contains the text in the file that FAIL_SYNC names, for as long as
 * that file is there. Preloaded by faults_sync.rs: everything is written, only the disk never says so. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fails(int fd) {
    char wanted[256], link[64], path[PATH_MAX];
    const char *name = getenv("FAIL_SYNC");
    FILE *file = name ? fopen(name, "r") : NULL;
    if (!file) return 0;
    int is_read = fgets(wanted, sizeof wanted, file) != NULL;
    fclose(file);
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (!is_read || length < 0) return 0;
    path[length] = 0;
    wanted[strcspn(wanted, "\n")] = 0;
    return strstr(path, wanted) != NULL;
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
