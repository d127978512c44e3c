// What an Android library finds in Android's libc (bionic) and not in glibc; for tests on Linux only.
//
// Built as libc.so, it stands in for the library of that name. android_library.py gives the functions that take
// a FILE of bionic, and sysconf, whose numbers differ, names that begin with b; all others are glibc's own.
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_BYTES = 152, PAGE_SIZE = 39, PAGESIZE = 40, CORES = 96, CORES_ONLINE = 97, PAGES = 98 };

char __sF[3 * FILE_BYTES];  // stdin, stdout and stderr, which a library of bionic takes by their place

static FILE *glibc_file(void *file) {
  char *place = file;
  if (place < __sF || place >= __sF + sizeof __sF) return file;
  return place < __sF + FILE_BYTES ? stdin : place < __sF + 2 * FILE_BYTES ? stdout : stderr;
}

int bfprintf(void *file, const char *format, va_list arguments) {  // vfprintf
  return vfprintf(glibc_file(file), format, arguments);
}

int bprintf(void *file, const char *format, ...) {  // fprintf
  va_list arguments;
  va_start(arguments, format);
  int written = vfprintf(glibc_file(file), format, arguments);
  va_end(arguments);
  return written;
}

int bputc(int c, void *file) { return fputc(c, glibc_file(file)); }

size_t bwrite(const void *data, size_t size, size_t count, void *file) {
  return fwrite(data, size, count, glibc_file(file));
}

int bflush(void *file) { return fflush(file ? glibc_file(file) : NULL); }

long bysconf(int name) {
  switch (name) {
    case PAGE_SIZE:
    case PAGESIZE:
      return sysconf(_SC_PAGESIZE);
    case CORES:
      return sysconf(_SC_NPROCESSORS_CONF);
    case CORES_ONLINE:
      return sysconf(_SC_NPROCESSORS_ONLN);
    case PAGES:
      return sysconf(_SC_PHYS_PAGES);
    default:
      return -1;
  }
}

int *__errno(void) { return &errno; }

char *__gnu_strerror_r(int number, char *text, size_t size) { return strerror_r(number, text, size); }

size_t __strlen_chk(const char *text, size_t size) {
  (void)size;
  return strlen(text);
}

char *__strchr_chk(const char *text, int c, size_t size) {
  (void)size;
  return strchr(text, c);
}

ssize_t __write_chk(int file, const void *data, size_t count, size_t size) {
  (void)size;
  return write(file, data, count);
}

int __system_property_get(const char *name, char *value) {  // no property is set
  (void)name;
  value[0] = 0;
  return 0;
}

void android_set_abort_message(const char *message) { fprintf(stderr, "abort: %s\n", message); }

void __assert2(const char *file, int line, const char *function, const char *claim) {
  fprintf(stderr, "%s:%d: %s: %s is false\n", file, line, function, claim);
  abort();
}

int __android_log_vprint(int priority, const char *tag, const char *format, va_list arguments) {
  fprintf(stderr, "%d %s: ", priority, tag);
  int written = vfprintf(stderr, format, arguments);
  fputc('\n', stderr);
  return written;
}

int __android_log_write(int priority, const char *tag, const char *message) {
  return fprintf(stderr, "%d %s: %s\n", priority, tag, message);
}
