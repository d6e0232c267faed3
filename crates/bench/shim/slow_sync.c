/* Makes every fsync and fdatasync of a process slower, as a slow disk would: SLOW_SYNC_MICROS more each.
   Built and loaded by the benchmark (LD_PRELOAD); see crates/bench/src/shim.rs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <time.h>

static void wait_longer(void) {
    const char *text = getenv("SLOW_SYNC_MICROS");
    long micros = text ? atol(text) : 0;
    struct timespec left = {micros / 1000000, (micros % 1000000) * 1000};
    int before = errno;
    while (nanosleep(&left, &left) == -1 && errno == EINTR) {
    }
    errno = before;
}

int fsync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    int outcome = real(file);
    wait_longer();
    return outcome;
}

int fdatasync(int file) {
    static int (*real)(int);
    if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    int outcome = real(file);
    wait_longer();
    return outcome;
}
