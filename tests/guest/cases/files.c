/* SPDX-License-Identifier: MIT
 *
 * files.c: a guest's system calls on files, descriptors and time: structs are as
 * its own kernel has them.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "check.h"

static void stats(void)
{
    struct stat st, other;
    struct statx sx;
    struct timespec times[2] = {{1000000007, 123456789}, {2000000011, 987654321}};
    int fd = open("file", O_RDWR | O_CREAT | O_EXCL, 0640);
    CHECK(fd >= 0 && write(fd, "0123456789", 10) == 10);
    CHECK(futimens(fd, times) == 0 && fstat(fd, &st) == 0);
    CHECK(S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0640 && st.st_size == 10);
    CHECK(st.st_nlink == 1 && st.st_uid == getuid() && st.st_gid == getgid());
    CHECK(st.st_atim.tv_sec == 1000000007 && st.st_atim.tv_nsec == 123456789);
    CHECK(st.st_mtim.tv_sec == 2000000011 && st.st_mtim.tv_nsec == 987654321);
    CHECK(st.st_blksize >= 512 && st.st_ino != 0 && st.st_ctim.tv_sec > 1600000000);
    CHECK(link("file", "second") == 0 && stat("second", &other) == 0);
    CHECK(other.st_ino == st.st_ino && other.st_dev == st.st_dev && other.st_nlink == 2);
    CHECK(statx(AT_FDCWD, "file", 0, STATX_BASIC_STATS, &sx) == 0 && sx.stx_ino == st.st_ino);
    CHECK(symlink("file", "link") == 0 && lstat("link", &other) == 0 && S_ISLNK(other.st_mode));
    char target[8];
    CHECK(readlink("link", target, 3) == 3 && memcmp(target, "fil", 3) == 0);
    CHECK(stat("/dev/null", &other) == 0 && S_ISCHR(other.st_mode) && other.st_rdev == 0x103);
    CHECK(stat("missing", &other) == -1 && errno == ENOENT);
    CHECK(access("file", R_OK) == 0 && access("missing", F_OK) == -1);
    CHECK(ftruncate(fd, 1ll << 33) == 0 && lseek(fd, -1, SEEK_END) == (1ll << 33) - 1);
    CHECK(ftruncate(fd, 10) == 0 && rename("second", "third") == 0 && close(fd) == 0);
    struct statfs fs;
    CHECK(statfs(".", &fs) == 0 && fs.f_bsize > 0 && fs.f_namelen >= 14);
}

static void folders(void)
{
    int found = 0;
    char path[PATH_MAX];
    DIR *dir = opendir(".");
    CHECK(dir != NULL);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        found += strcmp(e->d_name, "file") == 0 && e->d_type == DT_REG;
        found += strcmp(e->d_name, "link") == 0 && e->d_type == DT_LNK;
    }
    CHECK(found == 2 && closedir(dir) == 0);
    CHECK(mkdir("folder", 0700) == 0 && chdir("folder") == 0);
    CHECK(getcwd(path, sizeof(path)) != NULL && strcmp(strrchr(path, '/'), "/folder") == 0);
    CHECK(chdir("..") == 0 && rmdir("folder") == 0);
}

static void contents(void)
{
    char a[4], b[8] = "";
    struct iovec parts[2] = {{a, 4}, {b, 6}};
    int fd = open("file", O_RDWR | O_CLOEXEC);
    CHECK(readv(fd, parts, 2) == 10 && memcmp(a, "0123", 4) == 0 && strcmp(b, "456789") == 0);
    CHECK(pwrite(fd, "xy", 2, 3) == 2 && pread(fd, a, 4, 2) == 4 && memcmp(a, "2xy5", 4) == 0);
    char *map = mmap(NULL, 10, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    CHECK(map != MAP_FAILED && map[3] == 'x');
    map[0] = 'M';
    CHECK(msync(map, 10, MS_SYNC) == 0 && pread(fd, a, 1, 0) == 1 && a[0] == 'M');
    int out = open("copy", O_RDWR | O_CREAT, 0600);
    off_t offset = 1;
    CHECK(sendfile(out, fd, &offset, 5) == 5 && offset == 6 && lseek(out, 0, SEEK_CUR) == 5);
    CHECK(posix_fallocate(out, 0, 8192) == 0);
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 5, .l_len = 7};
    CHECK(fcntl(fd, F_SETLK, &lock) == 0 && flock(fd, LOCK_EX | LOCK_NB) == 0);
    CHECK(fcntl(fd, F_GETFD) == FD_CLOEXEC && (fcntl(fd, F_GETFL) & O_ACCMODE) == O_RDWR);
    CHECK(open("link", O_RDONLY | O_NOFOLLOW) == -1 && errno == ELOOP);
    CHECK(open("file", O_RDONLY | O_DIRECTORY) == -1 && errno == ENOTDIR);
    CHECK(close(fd) == 0 && close(out) == 0);
}

static void waiting(void)
{
    int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event events[4], event = {.events = EPOLLIN, .data.u64 = 0x1122334455667788};
    struct timespec moment = {0, 1000000};
    CHECK(pipe2(ends, O_NONBLOCK) == 0 && epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) == 0);
    CHECK(epoll_wait(epoll, events, 4, 0) == 0);
    char c;
    CHECK(read(ends[0], &c, 1) == -1 && errno == EAGAIN && write(ends[1], "a", 1) == 1);
    int second = eventfd(3, 0);
    event.data.u64 = 7;
    CHECK(epoll_ctl(epoll, EPOLL_CTL_ADD, second, &event) == 0);
    CHECK(epoll_wait(epoll, events, 4, -1) == 2);
    CHECK(events[0].events == EPOLLIN &&
          events[0].data.u64 + events[1].data.u64 == 0x1122334455667788 + 7);
    CHECK(epoll_ctl(epoll, EPOLL_CTL_DEL, second, NULL) == 0);
    struct pollfd polled[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLOUT, 0}};
    CHECK(poll(polled, 2, -1) == 2 && polled[0].revents == POLLIN && polled[1].revents == POLLOUT);
    CHECK(read(ends[0], &c, 1) == 1 && c == 'a' && ppoll(polled, 1, &moment, NULL) == 0);
    fd_set set;
    FD_ZERO(&set);
    FD_SET(ends[0], &set);
    struct timeval little = {0, 1000};
    CHECK(select(ends[0] + 1, &set, NULL, NULL, &little) == 0);
    int bytes = -1;
    CHECK(write(ends[1], "abc", 3) == 3 && ioctl(ends[0], FIONREAD, &bytes) == 0 && bytes == 3);
    close(ends[0]), close(ends[1]), close(epoll), close(second);
}

static void sockets(void)
{
    int pair[2], got = -1;
    char text[8] = "", control[CMSG_SPACE(sizeof(int))];
    struct iovec part = {text, sizeof(text)};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    memcpy(CMSG_DATA(header), &pair[0], sizeof(int));
    strcpy(text, "hello");
    CHECK(sendmsg(pair[0], &message, 0) == 8);
    memset(text, 0, sizeof(text));
    CHECK(recvmsg(pair[1], &message, 0) == 8 && strcmp(text, "hello") == 0);
    memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(int));
    CHECK(got > pair[1] && send(got, "x", 1, 0) == 1 && recv(pair[1], text, 1, 0) == 1);
    int type = 0;
    socklen_t size = sizeof(type);
    CHECK(getsockopt(got, SOL_SOCKET, SO_TYPE, &type, &size) == 0 && type == SOCK_STREAM);
    close(pair[0]), close(pair[1]), close(got);
}

static void others(void)
{
    int notify = inotify_init1(IN_CLOEXEC);
    union {
        struct inotify_event event;
        char room[sizeof(struct inotify_event) + NAME_MAX + 1];
    } seen;
    CHECK(inotify_add_watch(notify, ".", IN_CREATE) >= 0 && close(creat("new", 0600)) == 0);
    CHECK(read(notify, &seen, sizeof(seen)) > 0 && strcmp(seen.event.name, "new") == 0);
    int memory = memfd_create("name", 0);
    CHECK(memory >= 0 && write(memory, "abc", 3) == 3);
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct itimerspec soon = {{0, 0}, {0, 1000000}};
    uint64_t expired = 0;
    CHECK(timerfd_settime(timer, 0, &soon, NULL) == 0 && read(timer, &expired, 8) == 8 &&
          expired == 1);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
    int signals = signalfd(-1, &set, 0);
    struct signalfd_siginfo info;
    CHECK(raise(SIGUSR1) == 0 && read(signals, &info, sizeof(info)) == sizeof(info));
    CHECK(info.ssi_signo == SIGUSR1);
    struct timespec a, b, pause = {0, 2000000};
    CHECK(clock_gettime(CLOCK_MONOTONIC, &a) == 0 && nanosleep(&pause, NULL) == 0);
    CHECK(clock_gettime(CLOCK_MONOTONIC, &b) == 0);
    CHECK((b.tv_sec - a.tv_sec) * 1000000000ll + b.tv_nsec - a.tv_nsec >= 2000000);
    struct rlimit limit;
    CHECK(getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur > 0);
    struct sysinfo system;
    CHECK(sysinfo(&system) == 0 && system.totalram > 0);
    struct rusage usage;
    CHECK(getrusage(RUSAGE_SELF, &usage) == 0 && times(NULL) != -1);
    close(notify), close(memory), close(timer), close(signals);
}

int main(void)
{
    stats();
    folders();
    contents();
    waiting();
    sockets();
    others();
    printf("files: all as it should be\n");
    return 0;
}
