/* Android's C library on glibc: what an APK's x86_64 or arm64 libraries import, with Android's meaning.
 *
 * They import `name@LIBC`, bionic's symbol version, which no `name@GLIBC_2.x` satisfies. So this library defines
 * exactly those, and the APK's files stay as they are. Here stands only what differs between bionic and glibc;
 * `shim.py` adds a jump to glibc's function of the same name for every other import. Layouts and numbers that both
 * share (struct stat, errno, locales; on x86_64 pthread types) need nothing. Facts about bionic: its public headers
 * (stdio.h, bits/sysconf.h, bits/pthread_types.h, android/log.h). */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <locale.h>
#include <malloc.h>
#include <math.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <wchar.h>

/* Defines `name` for the APK; inside of this file it is bionic_name, and `name` stays glibc's. */
#define EXPORT(name) __asm__(".symver bionic_" #name "," #name "@LIBC")

/* glibc's name for it is __errno_location. */
EXPORT(__errno);
int *bionic___errno(void) { return &errno; }

/* ---- Standard streams are the elements of an array, 152 bytes apart. */

enum { BYTES_OF_A_FILE = 152 };

EXPORT(__sF);
char bionic___sF[3 * BYTES_OF_A_FILE];

/* Android's stdout leads nowhere; the JVM's carries the events, so nothing else may be written to it. */
static FILE *stream(void *file) {
  if (file == bionic___sF) return stdin;
  if (file == bionic___sF + BYTES_OF_A_FILE || file == bionic___sF + 2 * BYTES_OF_A_FILE) return stderr;
  return file;
}

EXPORT(printf);
int bionic_printf(const char *format, ...) {
  va_list values;
  va_start(values, format);
  int written = vfprintf(stderr, format, values);
  va_end(values);
  return written;
}

EXPORT(fprintf);
int bionic_fprintf(void *file, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int written = vfprintf(stream(file), format, values);
  va_end(values);
  return written;
}

EXPORT(vfprintf);
int bionic_vfprintf(void *file, const char *format, va_list values) {
  return vfprintf(stream(file), format, values);
}

EXPORT(fwrite);
size_t bionic_fwrite(const void *items, size_t size, size_t count, void *file) {
  return fwrite(items, size, count, stream(file));
}

EXPORT(fread);
size_t bionic_fread(void *items, size_t size, size_t count, void *file) {
  return fread(items, size, count, stream(file));
}

EXPORT(fputc);
int bionic_fputc(int character, void *file) { return fputc(character, stream(file)); }

EXPORT(getc);
int bionic_getc(void *file) { return getc(stream(file)); }

EXPORT(ungetc);
int bionic_ungetc(int character, void *file) { return ungetc(character, stream(file)); }

EXPORT(fflush);
int bionic_fflush(void *file) { return fflush(stream(file)); }

/* glibc makes a file's buffer as large as its file system asks for, and so the heap another one on each. Files that the
 * libraries open have buffers of one size, outside of the heap, as long as there are some. */
enum { BUFFERS = 16, BYTES_OF_A_BUFFER = 4096 };
static char buffers[BUFFERS][BYTES_OF_A_BUFFER];
static FILE *owners[BUFFERS];

static FILE *with_buffer(FILE *file) {
  for (int place = 0; file && place < BUFFERS; place++) {
    FILE *nobody = NULL;
    if (__atomic_compare_exchange_n(&owners[place], &nobody, file, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
      setvbuf(file, buffers[place], _IOFBF, BYTES_OF_A_BUFFER);
      break;
    }
  }
  return file;
}

EXPORT(fclose);
int bionic_fclose(void *file) {
  int place = 0;
  while (place < BUFFERS && __atomic_load_n(&owners[place], __ATOMIC_ACQUIRE) != file) place++;
  int result = fclose(stream(file));
  if (place < BUFFERS) __atomic_store_n(&owners[place], NULL, __ATOMIC_RELEASE);
  return result;
}

EXPORT(freopen);
void *bionic_freopen(const char *path, const char *mode, void *file) { return freopen(path, mode, stream(file)); }

/* ---- The same names with other numbers or forms. */

/* Both number the questions in their own way. */
EXPORT(sysconf);
long bionic_sysconf(int question) {
  switch (question) {
    case 0x06: return sysconf(_SC_CLK_TCK);
    case 0x27: /* _SC_PAGESIZE */
    case 0x28: return sysconf(_SC_PAGESIZE);
    case 0x60: return sysconf(_SC_NPROCESSORS_CONF);
    case 0x61: return sysconf(_SC_NPROCESSORS_ONLN);
    case 0x62: return sysconf(_SC_PHYS_PAGES);
    case 0x63: return sysconf(_SC_AVPHYS_PAGES);
  }
  fprintf(stderr, "bionic.c: sysconf(0x%x) has no translation\n", question);
  errno = EINVAL;
  return -1;
}

/* glibc's is GNU's form, which returns a text; Android's is POSIX's. */
extern int __xpg_strerror_r(int, char *, size_t);
EXPORT(strerror_r);
int bionic_strerror_r(int number, char *text, size_t size) { return __xpg_strerror_r(number, text, size); }

/* glibc has no checked strlen. */
EXPORT(__strlen_chk);
size_t bionic___strlen_chk(const char *text, size_t size) {
  size_t length = strlen(text);
  if (length >= size) abort();
  return length;
}

/* glibc before 2.33 has it in its headers alone. */
EXPORT(stat);
int bionic_stat(const char *path, struct stat *status) { return stat(path, status); }

/* glibc has it in a static library alone. */
EXPORT(pthread_atfork);
int bionic_pthread_atfork(void (*before)(void), void (*parent)(void), void (*child)(void)) {
  return pthread_atfork(before, parent, child);
}

/* Android keeps the text for the report of the crash that follows. */
EXPORT(android_set_abort_message);
void bionic_android_set_abort_message(const char *message) { fprintf(stderr, "abort: %s\n", message); }

/* ---- long double is binary128 on Android, as in glibc on arm64; on x86_64 glibc's has the x87's 80 bits. */

typedef _Float128 binary128;

EXPORT(strtold);
binary128 bionic_strtold(const char *text, char **end) { return strtof128(text, end); }

EXPORT(strtold_l);
binary128 bionic_strtold_l(const char *text, char **end, locale_t locale) { return strtof128_l(text, end, locale); }

EXPORT(wcstold);
binary128 bionic_wcstold(const wchar_t *text, wchar_t **end) { return wcstof128(text, end); }

static double towards(binary128 from, binary128 to) {
  return to > from ? INFINITY : to < from ? -INFINITY : NAN;
}

EXPORT(nexttoward);
double bionic_nexttoward(double from, binary128 to) {
  return from == to ? (double)to : nextafter(from, towards(from, to));
}

EXPORT(nexttowardf);
float bionic_nexttowardf(float from, binary128 to) {
  return from == to ? (float)to : nextafterf(from, (float)towards(from, to));
}

#ifdef __aarch64__
/* ---- What differs on arm64 alone. */

/* The name of the chipset and the like: there is none. */
EXPORT(__system_property_get);
int bionic___system_property_get(const char *name, char *value) {
  (void)name;
  *value = 0;
  return 0;
}

/* Android's has 40 bytes, glibc's 48, of which the last 8 are unused: they may be something else's. */
enum { BYTES_OF_A_MUTEX = 40 };
EXPORT(pthread_mutex_init);
int bionic_pthread_mutex_init(void *mutex, const pthread_mutexattr_t *attributes) {
  pthread_mutex_t made;
  int error = pthread_mutex_init(&made, attributes);
  if (!error) memcpy(mutex, &made, BYTES_OF_A_MUTEX);
  return error;
}

/* Android's code reads its stack guard 40 bytes after the thread pointer (TLS_SLOT_STACK_GUARD of bionic's
 * asm_tls.h). There lies the thread-local memory of the first library that has some: this one's, where it is
 * preloaded, and nothing ever changes it. */
__attribute__((used, aligned(16), tls_model("initial-exec"))) static __thread char android_slots[64];

/* XNNPACK chooses its kernels by the core that the system's files name. ELBENCH_CORE is a folder with such files of
 * another core, which the libraries then see in place of the system's. */
static const char *of_core(const char *path, char *place) {
  const char *folder = getenv("ELBENCH_CORE");
  int told = !strcmp(path, "/proc/cpuinfo") || !strncmp(path, "/sys/devices/system/cpu/", 24);
  if (!folder || !told) return path;
  return snprintf(place, PATH_MAX, "%s%s", folder, path) < PATH_MAX ? place : path;
}

EXPORT(open);
int bionic_open(const char *path, int flags, ...) {
  char place[PATH_MAX];
  va_list values;
  va_start(values, flags);
  int mode = flags & (O_CREAT | __O_TMPFILE) ? va_arg(values, int) : 0;
  va_end(values);
  return open(of_core(path, place), flags, mode);
}

EXPORT(__open_2);
int bionic___open_2(const char *path, int flags) {
  char place[PATH_MAX];
  return open(of_core(path, place), flags);
}

EXPORT(fopen);
FILE *bionic_fopen(const char *path, const char *mode) {
  char place[PATH_MAX];
  return with_buffer(fopen(of_core(path, place), mode));
}
#else
EXPORT(fopen);
FILE *bionic_fopen(const char *path, const char *mode) { return with_buffer(fopen(path, mode)); }
#endif

/* ---- liblog: warnings and worse go to stderr. Its symbols have no version. */

enum { LOG_WARN = 5, LOG_FATAL = 7 };

int __android_log_vprint(int priority, const char *tag, const char *format, va_list values) {
  char text[4096];
  if (priority < LOG_WARN) return 0;
  vsnprintf(text, sizeof text, format, values);
  return fprintf(stderr, "%s: %s\n", tag ? tag : "native", text);
}

int __android_log_print(int priority, const char *tag, const char *format, ...) {
  va_list values;
  va_start(values, format);
  int written = __android_log_vprint(priority, tag, format, values);
  va_end(values);
  return written;
}

int __android_log_write(int priority, const char *tag, const char *text) {
  return __android_log_print(priority, tag, "%s", text);
}

void __android_log_assert(const char *condition, const char *tag, const char *format, ...) {
  va_list values;
  va_start(values, format);
  if (format) {
    __android_log_vprint(LOG_FATAL, tag, format, values);
  } else {
    __android_log_write(LOG_FATAL, tag, condition);
  }
  va_end(values);
  abort();
}

/* ---- libandroid: an app without assets. */

void *AAssetManager_fromJava(void *env, void *manager) { (void)env, (void)manager; return NULL; }
void *AAssetManager_open(void *manager, const char *name, int mode) { (void)manager, (void)name, (void)mode; return NULL; }
const void *AAsset_getBuffer(void *asset) { (void)asset; return NULL; }
long AAsset_getLength(void *asset) { (void)asset; return 0; }
void AAsset_close(void *asset) { (void)asset; }

/* ---- What a JVM cannot say of the memory beside its own heap. */

/* io.elbench.runner.host.NativeHeap.allocatedBytes: what is in use of all that malloc gave. */
long Java_io_elbench_runner_host_NativeHeap_allocatedBytes(void *env, void *class) {
  (void)env, (void)class;
  struct mallinfo2 use = mallinfo2();
  return use.uordblks + use.hblkhd;
}

/* ---- How the APK's libraries get into the JVM. */

/* Places in the tables of functions that a JVM hands out (JNI specification, chapters 4 and 5): jni.h comes with
 * JDKs alone, and a JRE is enough here. */
enum { JNI_VERSION_1_6 = 0x00010006, GET_ENV = 6, FIND_CLASS = 6, THROW_NEW = 14 };
typedef void ***jni;

static void throw_link_error(jni vm, const char *message) {
  jni env = NULL;
  if (((int (*)(jni, void *, int))(*vm)[GET_ENV])(vm, &env, JNI_VERSION_1_6)) return;
  void *kind = ((void *(*)(jni, const char *))(*env)[FIND_CLASS])(env, "java/lang/UnsatisfiedLinkError");
  if (kind) ((int (*)(jni, void *, const char *))(*env)[THROW_NEW])(env, kind, message);
}

/* System.load of this library loads the APK's. libjvm brings libstdc++ into the global scope, whose exceptions and
 * operators have the names of those in the APK's libc++; RTLD_DEEPBIND lets the APK's libraries find their own first.
 * System.loadLibrary then meets libraries that are loaded already. */
int JNI_OnLoad(void *vm, void *reserved) {
  (void)reserved;
  if (!dlopen("libpytorch_jni_lite.so", RTLD_NOW | RTLD_DEEPBIND)) throw_link_error(vm, dlerror());
  return JNI_VERSION_1_6;
}
