/* A clock that is wrong: every reading of the date is moved by the number of seconds in a shared file.
 *
 * Preloaded into all processes of a drill. Waiting and measuring (CLOCK_MONOTONIC) stay true, as they do on a
 * machine whose date is set. libfaketime is not used: it breaks absolute sleeps (time.sleep of Python 3.11).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *distance;
static int (*true_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void look_at_the_file(void)
{
    true_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    const char *path = getenv("MOVED_CLOCK_FILE");
    int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    void *seen = mmap(NULL, sizeof *distance, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (seen != MAP_FAILED)
        distance = seen;
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (true_clock == NULL)
        look_at_the_file();
    int status = true_clock(clock, time);
    if (status == 0 && distance != NULL && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        time->tv_sec += *distance;
    return status;
}

int gettimeofday(struct timeval *restrict value, void *restrict zone)
{
    (void)zone;
    struct timespec now;
    int status = clock_gettime(CLOCK_REALTIME, &now);
    value->tv_sec = now.tv_sec;
    value->tv_usec = now.tv_nsec / 1000;
    return status;
}

time_t time(time_t *place)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (place != NULL)
        *place = now.tv_sec;
    return now.tv_sec;
}
