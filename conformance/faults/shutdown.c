// Stops a mounted ext4 or xfs file system as a power cut does: what was not synchronised is lost.
//
//   shutdown <mount point> <keep|drop>   keep: the journal is written first; drop: the journal's pages in memory are lost too.
#include <fcntl.h>
#include <linux/types.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define FS_SHUTDOWN _IOR('X', 125, uint32_t)
#define LOG_FLUSH 1
#define NO_LOG_FLUSH 2

int main(int count, char **args) {
  if (count != 3) return 2;
  uint32_t flags = strcmp(args[2], "keep") == 0 ? LOG_FLUSH : NO_LOG_FLUSH;
  int fd = open(args[1], O_RDONLY | O_DIRECTORY);
  if (fd < 0 || ioctl(fd, FS_SHUTDOWN, &flags) != 0) {
    perror(args[1]);
    return 1;
  }
  return 0;
}
