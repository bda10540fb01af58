/* A plugin of qemu-user that counts what runs between two marks of host.cpp, block by block.
 *
 *     qemu-aarch64 -plugin plugin.so,folder=FOLDER[,check=on] …
 *
 * FOLDER/blocks gets one row {address, instructions, bytes loaded, bytes stored} per translated block, FOLDER/runs one
 * row {span, block, runs} per block that ran within a span. Spans are numbered from 0 in the order of their ends;
 * FOLDER/spans holds their kinds. All are little-endian uint64. What a block loads and stores is read off its
 * instructions once, so that counting costs one addition a block. With check=on FOLDER/traffic gets {loaded, stored} of
 * each span as the emulator saw every single access, but for atomic ones: proof that the decoding is right.
 *
 * qemu's plugin interface, version 1 (QEMU 4.2 to 8.2), is declared here, since its header comes with no package. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- qemu-plugin.h, as far as it is needed. */

typedef uint64_t qemu_plugin_id_t;
typedef uint32_t qemu_plugin_meminfo_t;
typedef struct qemu_plugin_tb block_of_qemu;
typedef struct qemu_plugin_insn instruction_of_qemu;
typedef struct qemu_info_t qemu_info_t;
enum { QEMU_PLUGIN_INLINE_ADD_U64 = 0, QEMU_PLUGIN_CB_NO_REGS = 0, QEMU_PLUGIN_MEM_RW = 3 };

typedef void (*on_translation)(qemu_plugin_id_t, block_of_qemu *);
typedef void (*on_syscall)(qemu_plugin_id_t, unsigned, int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t,
                           uint64_t, uint64_t, uint64_t);
typedef void (*on_access)(unsigned, qemu_plugin_meminfo_t, uint64_t, void *);
typedef void (*on_exit_of_qemu)(qemu_plugin_id_t, void *);

void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, on_translation);
void qemu_plugin_register_vcpu_syscall_cb(qemu_plugin_id_t, on_syscall);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t, on_exit_of_qemu, void *);
void qemu_plugin_register_vcpu_tb_exec_inline(block_of_qemu *, int operation, void *, uint64_t);
void qemu_plugin_register_vcpu_insn_exec_inline(instruction_of_qemu *, int operation, void *, uint64_t);
void qemu_plugin_register_vcpu_mem_cb(instruction_of_qemu *, on_access, int flags, int kinds, void *);
size_t qemu_plugin_tb_n_insns(const block_of_qemu *);
uint64_t qemu_plugin_tb_vaddr(const block_of_qemu *);
instruction_of_qemu *qemu_plugin_tb_get_insn(const block_of_qemu *, size_t);
const void *qemu_plugin_insn_data(const instruction_of_qemu *);
unsigned qemu_plugin_mem_size_shift(qemu_plugin_meminfo_t);
bool qemu_plugin_mem_is_store(qemu_plugin_meminfo_t);

#define EXPORTED __attribute__((visibility("default")))
EXPORTED int qemu_plugin_version = 1;

/* ---- What one A64 instruction loads and stores (Arm Architecture Reference Manual, C4.1.94 "Loads and stores"). */

struct traffic {
  uint64_t loaded, stored;
};

static uint32_t bits(uint32_t word, int high, int low) { return word >> low & ((2u << (high - low)) - 1); }

static struct traffic one_way(bool is_load, uint64_t bytes) {
  return is_load ? (struct traffic){bytes, 0} : (struct traffic){0, bytes};
}

static struct traffic exclusive_or_ordered(uint32_t word) {
  bool is_pair_or_swap = bits(word, 21, 21), is_ordered = bits(word, 23, 23), is_load = bits(word, 22, 22);
  uint64_t bytes = 1u << bits(word, 31, 30);
  if (!is_pair_or_swap) return one_way(is_load, bytes);
  if (is_ordered) return (struct traffic){bytes, bytes};                        /* CAS */
  if (bits(word, 31, 31)) return one_way(is_load, 2 * bytes);                   /* LDXP, STXP */
  bytes = 8u << bits(word, 30, 30);                                             /* CASP */
  return (struct traffic){bytes, bytes};
}

static struct traffic many_structures(uint32_t word) {
  static const uint8_t registers[16] = {[0] = 4, [2] = 4, [4] = 3, [6] = 3, [7] = 1, [8] = 2, [10] = 2};
  return one_way(bits(word, 22, 22), registers[bits(word, 15, 12)] * (bits(word, 30, 30) ? 16u : 8u));
}

static struct traffic one_structure(uint32_t word) {
  uint32_t opcode = bits(word, 15, 13), size = bits(word, 11, 10);
  uint32_t registers = ((opcode & 1) << 1 | bits(word, 21, 21)) + 1, shift = opcode >> 1;
  if (shift == 3) shift = size;                     /* LDnR: one element for every lane */
  else if (shift == 2 && (size & 1)) shift = 3;
  return one_way(bits(word, 22, 22), (uint64_t)registers << shift);
}

static struct traffic literal(uint32_t word) {
  uint32_t kind = bits(word, 31, 30);
  if (bits(word, 26, 26)) return one_way(true, 4u << kind);
  return one_way(true, kind == 3 ? 0 : kind == 1 ? 8 : 4);                      /* 3: a prefetch */
}

static struct traffic pair(uint32_t word) {
  uint32_t kind = bits(word, 31, 30);
  uint64_t bytes = bits(word, 26, 26) ? 4u << kind : kind == 2 ? 8 : 4;
  return one_way(bits(word, 22, 22), 2 * bytes);
}

static struct traffic atomic(uint32_t word, uint64_t bytes) {
  bool only_loads = bits(word, 15, 12) == 12;                                   /* LDAPR */
  return (struct traffic){bytes, only_loads ? 0 : bytes};
}

static struct traffic single(uint32_t word) {
  uint32_t size = bits(word, 31, 30), kind = bits(word, 23, 22);
  if (bits(word, 26, 26)) return one_way(kind & 1, kind & 2 ? 16 : 1u << size);
  if (!bits(word, 24, 24) && bits(word, 21, 21)) {
    if (bits(word, 11, 10) == 0) return atomic(word, 1u << size);
    if (bits(word, 10, 10)) return one_way(true, 8);                            /* LDRAA, LDRAB */
  }
  if (size == 3 && kind == 2) return (struct traffic){0, 0};                    /* a prefetch */
  return one_way(kind != 0, 1u << size);
}

static bool zeroes_a_block(uint32_t word) { return (word & 0xffffffe0) == 0xd50b7420; } /* DC ZVA */
enum { ZEROED_BYTES = 64 };

static struct traffic traffic_of(uint32_t word) {
  if (zeroes_a_block(word)) return (struct traffic){0, ZEROED_BYTES};
  if ((word & 0x0a000000) != 0x08000000) return (struct traffic){0, 0};
  switch (bits(word, 29, 24)) {
    case 0x08: return exclusive_or_ordered(word);
    case 0x0c: return many_structures(word);
    case 0x0d: return one_structure(word);
    case 0x18:
    case 0x1c: return literal(word);
    case 0x19: return one_way(bits(word, 23, 22) != 0, 1u << bits(word, 31, 30)); /* LDAPUR, STLUR */
  }
  switch (bits(word, 29, 27)) {
    case 5: return pair(word);
    case 7: return single(word);
  }
  return (struct traffic){0, 0};
}

/* ---- Blocks and spans. */

enum { MARK = 0x7e1b, FORGOTTEN = 0, CANNOT_WRITE = 74 }; /* Must agree with host.cpp. */

struct block {
  uint64_t row[4]; /* address, instructions, loaded, stored */
  uint64_t runs, runs_before;
  struct block *next;
};

static struct block *first_block, **last_block = &first_block;
static struct traffic seen, seen_before;
static uint64_t spans;
static bool checks;
static FILE *blocks_file, *spans_file, *runs_file, *traffic_file;

/* Half of what was counted must never look like the whole of it. */
static void fail_to_write(void) {
  perror("elbench's counting plugin cannot write");
  _exit(CANNOT_WRITE);
}

static void write_row(FILE *file, const uint64_t *row, size_t length) {
  if (fwrite(row, sizeof *row, length, file) != length) fail_to_write();
}

static void accessed(unsigned cpu, qemu_plugin_meminfo_t access, uint64_t address, void *data) {
  (void)cpu, (void)address, (void)data;
  *(qemu_plugin_mem_is_store(access) ? &seen.stored : &seen.loaded) += 1u << qemu_plugin_mem_size_shift(access);
}

static void add_when_run(instruction_of_qemu *instruction, uint64_t *sum, uint64_t bytes) {
  qemu_plugin_register_vcpu_insn_exec_inline(instruction, QEMU_PLUGIN_INLINE_ADD_U64, sum, bytes);
}

/* Whether qemu reports something else than what the instruction does: nothing for DC ZVA, and for exclusive and atomic
 * accesses a load more or less, depending on whether the process has had a second thread. */
static bool is_misreported(uint32_t word, struct traffic traffic) {
  return zeroes_a_block(word) || bits(word, 29, 24) == 0x08 || (traffic.loaded && traffic.stored);
}

static void watch(instruction_of_qemu *instruction, uint32_t word) {
  struct traffic traffic = traffic_of(word);
  if (is_misreported(word, traffic)) {
    add_when_run(instruction, &seen.loaded, traffic.loaded);
    add_when_run(instruction, &seen.stored, traffic.stored);
  } else {
    qemu_plugin_register_vcpu_mem_cb(instruction, accessed, QEMU_PLUGIN_CB_NO_REGS, QEMU_PLUGIN_MEM_RW, NULL);
  }
}

static void translated(qemu_plugin_id_t id, block_of_qemu *code) {
  (void)id;
  struct block *block = calloc(1, sizeof *block);
  if (!block) abort();
  block->row[0] = qemu_plugin_tb_vaddr(code);
  block->row[1] = qemu_plugin_tb_n_insns(code);
  for (size_t place = 0; place < block->row[1]; place++) {
    instruction_of_qemu *instruction = qemu_plugin_tb_get_insn(code, place);
    uint32_t word;
    memcpy(&word, qemu_plugin_insn_data(instruction), sizeof word);
    struct traffic traffic = traffic_of(word);
    block->row[2] += traffic.loaded;
    block->row[3] += traffic.stored;
    if (checks) watch(instruction, word);
  }
  *last_block = block;
  last_block = &block->next;
  qemu_plugin_register_vcpu_tb_exec_inline(code, QEMU_PLUGIN_INLINE_ADD_U64, &block->runs, 1);
}

static void end_span(uint64_t kind) {
  uint64_t place = 0;
  for (struct block *block = first_block; block; block = block->next, place++) {
    if (block->runs != block->runs_before && kind != FORGOTTEN) {
      write_row(runs_file, (uint64_t[]){spans, place, block->runs - block->runs_before}, 3);
    }
    block->runs_before = block->runs;
  }
  if (kind != FORGOTTEN) {
    write_row(spans_file, &kind, 1);
    if (checks) {
      write_row(traffic_file, (uint64_t[]){seen.loaded - seen_before.loaded, seen.stored - seen_before.stored}, 2);
    }
    spans++;
  }
  seen_before = seen;
}

static void called(qemu_plugin_id_t id, unsigned cpu, int64_t number, uint64_t kind, uint64_t b, uint64_t c, uint64_t d,
                   uint64_t e, uint64_t f, uint64_t g, uint64_t h) {
  (void)id, (void)cpu, (void)b, (void)c, (void)d, (void)e, (void)f, (void)g, (void)h;
  if (number == MARK) end_span(kind);
}

static void ended(qemu_plugin_id_t id, void *data) {
  (void)id, (void)data;
  for (struct block *block = first_block; block; block = block->next) write_row(blocks_file, block->row, 4);
  FILE *files[] = {blocks_file, spans_file, runs_file, traffic_file};
  for (int place = 0; place < 4; place++) {
    if (files[place] && fclose(files[place])) fail_to_write();
  }
}

static FILE *opened(const char *folder, const char *name) {
  char path[4096];
  if (snprintf(path, sizeof path, "%s/%s", folder, name) >= (int)sizeof path) return NULL;
  FILE *file = fopen(path, "wb");
  if (!file) perror(path);
  return file;
}

EXPORTED int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *info, int count, char **arguments) {
  (void)info;
  const char *folder = NULL;
  for (int place = 0; place < count; place++) {
    if (!strncmp(arguments[place], "folder=", 7)) folder = arguments[place] + 7;
    if (!strcmp(arguments[place], "check=on")) checks = true;
  }
  if (!folder) return 1;
  blocks_file = opened(folder, "blocks");
  spans_file = opened(folder, "spans");
  runs_file = opened(folder, "runs");
  traffic_file = checks ? opened(folder, "traffic") : NULL;
  if (!blocks_file || !spans_file || !runs_file || (checks && !traffic_file)) return 1;
  qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
  qemu_plugin_register_vcpu_syscall_cb(id, called);
  qemu_plugin_register_atexit_cb(id, ended, NULL);
  return 0;
}
