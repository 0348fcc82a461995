//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

///
/// \file
/// A shared object in memory. A static program has no dlopen; what conv-tune
/// sends has one symbol table, a few kinds of relocations and no dependencies.
///
//===----------------------------------------------------------------------===//

#include "board.h"

#include <elf.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__x86_64__)
enum {
  thisMachine = EM_X86_64,
  relative = R_X86_64_RELATIVE,
  absolute = R_X86_64_64,
  global = R_X86_64_GLOB_DAT,
  jump = R_X86_64_JUMP_SLOT
};
#elif defined(__aarch64__)
enum {
  thisMachine = EM_AARCH64,
  relative = R_AARCH64_RELATIVE,
  absolute = R_AARCH64_ABS64,
  global = R_AARCH64_GLOB_DAT,
  jump = R_AARCH64_JUMP_SLOT
};
#elif defined(__riscv) && __riscv_xlen == 64
// RISC-V has no kind of its own for entries of the global offset table.
enum {
  thisMachine = EM_RISCV,
  relative = R_RISCV_RELATIVE,
  absolute = R_RISCV_64,
  global = R_RISCV_64,
  jump = R_RISCV_JUMP_SLOT
};
#else
#error "conv-board knows the relocations of x86-64, AArch64 and RISC-V (64 bit)"
#endif

/// What the dynamic section says.
struct dynamic {
  uint64_t symbols, names, hash, relocations[2], sizes[2];
};

static bool isInside(const struct image *image, uint64_t at, uint64_t size) {
  return at <= image->size && size <= image->size - at;
}

static const char *mapSegments(const struct code *code, struct image *image,
                               const Elf64_Phdr *segments, int count) {
  uint64_t end = 0;
  for (int i = 0; i < count; ++i)
    if (segments[i].p_type == PT_LOAD) {
      uint64_t last;
      if (segments[i].p_filesz > segments[i].p_memsz ||
          __builtin_add_overflow(segments[i].p_vaddr, segments[i].p_memsz,
                                 &last) ||
          segments[i].p_offset > (uint64_t)code->size ||
          segments[i].p_filesz > code->size - segments[i].p_offset)
        return "the code is damaged";
      end = last > end ? last : end;
    }
  if (end == 0 || end > (uint64_t)1 << 30)
    return "the code is damaged";
  void *base = mmap(NULL, end, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED)
    return "no memory for the code";
  image->base = base;
  image->size = end;
  for (int i = 0; i < count; ++i)
    if (segments[i].p_type == PT_LOAD)
      memcpy(image->base + segments[i].p_vaddr,
             code->bytes + segments[i].p_offset, segments[i].p_filesz);
  return NULL;
}

static const char *readDynamic(const struct image *image,
                               const Elf64_Phdr *segments, int count,
                               struct dynamic *dynamic) {
  for (int i = 0; i < count; ++i) {
    if (segments[i].p_type != PT_DYNAMIC)
      continue;
    if (!isInside(image, segments[i].p_vaddr, segments[i].p_memsz))
      return "the code is damaged";
    const Elf64_Dyn *entry =
        (const Elf64_Dyn *)(image->base + segments[i].p_vaddr);
    for (uint64_t left = segments[i].p_memsz / sizeof(*entry);
         left > 0 && entry->d_tag != DT_NULL; --left, ++entry)
      switch (entry->d_tag) {
      case DT_SYMTAB:
        dynamic->symbols = entry->d_un.d_ptr;
        break;
      case DT_STRTAB:
        dynamic->names = entry->d_un.d_ptr;
        break;
      case DT_HASH:
        dynamic->hash = entry->d_un.d_ptr;
        break;
      case DT_RELA:
        dynamic->relocations[0] = entry->d_un.d_ptr;
        break;
      case DT_RELASZ:
        dynamic->sizes[0] = entry->d_un.d_val;
        break;
      case DT_JMPREL:
        dynamic->relocations[1] = entry->d_un.d_ptr;
        break;
      case DT_PLTRELSZ:
        dynamic->sizes[1] = entry->d_un.d_val;
        break;
      case DT_NEEDED:
        return "the code needs a library";
      case DT_RELR:
      case DT_REL:
        return "the code has relocations that are not known here";
      default:
        break;
      }
  }
  if (!dynamic->symbols || !dynamic->names || !dynamic->hash ||
      !isInside(image, dynamic->hash, 2 * sizeof(uint32_t)))
    return "the code has no symbols";
  return NULL;
}

static const Elf64_Sym *getSymbol(const struct image *image, uint32_t index) {
  return (const Elf64_Sym *)image->symbols + index;
}

static const char *relocate(struct image *image, const Elf64_Rela *entry) {
  uint32_t kind = ELF64_R_TYPE(entry->r_info);
  if (!isInside(image, entry->r_offset, sizeof(uint64_t)))
    return "the code is damaged";
  uint64_t value = (uint64_t)(uintptr_t)image->base + entry->r_addend;
  if (kind != relative) {
    if (kind != absolute && kind != global && kind != jump)
      return "the code has relocations that are not known here";
    const Elf64_Sym *symbol = getSymbol(image, ELF64_R_SYM(entry->r_info));
    if (symbol->st_shndx != SHN_UNDEF)
      value += symbol->st_value;
    else
      value = entry->r_addend +
              (uint64_t)(uintptr_t)findFunction(image->names + symbol->st_name);
    if (!value) {
      static char reason[maxReason];
      snprintf(reason, sizeof(reason),
               "the code calls '%s', which conv-board does not have",
               image->names + symbol->st_name);
      return reason;
    }
  }
  memcpy(image->base + entry->r_offset, &value, sizeof(value));
  return NULL;
}

static const char *bind(struct image *image, const Elf64_Phdr *segments,
                        int count) {
  struct dynamic dynamic = {0};
  const char *wrong = readDynamic(image, segments, count, &dynamic);
  if (wrong)
    return wrong;
  // The second word of the table is the number of symbols.
  image->numSymbols = ((const uint32_t *)(image->base + dynamic.hash))[1];
  if (!isInside(image, dynamic.symbols,
                (uint64_t)image->numSymbols * sizeof(Elf64_Sym)) ||
      !isInside(image, dynamic.names, 1))
    return "the code is damaged";
  image->symbols = image->base + dynamic.symbols;
  image->names = (const char *)image->base + dynamic.names;
  for (int table = 0; table < 2; ++table) {
    if (!isInside(image, dynamic.relocations[table], dynamic.sizes[table]))
      return "the code is damaged";
    const Elf64_Rela *entry =
        (const Elf64_Rela *)(image->base + dynamic.relocations[table]);
    for (uint64_t i = 0; i < dynamic.sizes[table] / sizeof(*entry); ++i)
      if ((wrong = relocate(image, &entry[i])))
        return wrong;
  }
  return NULL;
}

/// Gives segments the rights they ask for.
static const char *protect(struct image *image, const Elf64_Phdr *segments,
                           int count) {
  uint64_t page = sysconf(_SC_PAGESIZE);
  for (int i = 0; i < count; ++i) {
    if (segments[i].p_type != PT_LOAD)
      continue;
    uint64_t begin = segments[i].p_vaddr / page * page;
    uint64_t end = segments[i].p_vaddr + segments[i].p_memsz;
    uint32_t flags = segments[i].p_flags;
    int rights = (flags & PF_R ? PROT_READ : 0) |
                 (flags & PF_W ? PROT_WRITE : 0) |
                 (flags & PF_X ? PROT_EXEC : 0);
    if (mprotect(image->base + begin, end - begin, rights))
      return "the system does not let code be mapped";
    if (flags & PF_X)
      __builtin___clear_cache((char *)image->base + begin,
                              (char *)image->base + end);
  }
  return NULL;
}

const char *loadImage(const struct code *code, struct image *image) {
  *image = (struct image){0};
  Elf64_Ehdr header;
  if ((size_t)code->size < sizeof(header))
    return "the code is damaged";
  memcpy(&header, code->bytes, sizeof(header));
  if (memcmp(header.e_ident, ELFMAG, SELFMAG) != 0 || header.e_type != ET_DYN ||
      header.e_ident[EI_CLASS] != ELFCLASS64)
    return "the code is damaged";
  if (header.e_machine != thisMachine)
    return "the code is for another machine";
  enum { maxSegments = 32 };
  Elf64_Phdr segments[maxSegments];
  if (header.e_phnum > maxSegments || header.e_phentsize != sizeof(*segments) ||
      header.e_phoff > (uint64_t)code->size ||
      header.e_phnum * sizeof(*segments) > code->size - header.e_phoff)
    return "the code is damaged";
  memcpy(segments, code->bytes + header.e_phoff,
         header.e_phnum * sizeof(*segments));
  const char *wrong = mapSegments(code, image, segments, header.e_phnum);
  if (!wrong)
    wrong = bind(image, segments, header.e_phnum);
  if (!wrong)
    wrong = protect(image, segments, header.e_phnum);
  if (wrong)
    unloadImage(image);
  return wrong;
}

void unloadImage(struct image *image) {
  if (image->base)
    munmap(image->base, image->size);
  *image = (struct image){0};
}

function findSymbol(const struct image *image, const char *name) {
  for (uint32_t i = 0; i < image->numSymbols; ++i) {
    const Elf64_Sym *symbol = getSymbol(image, i);
    if (symbol->st_shndx != SHN_UNDEF &&
        !strcmp(image->names + symbol->st_name, name))
      return (function)(uintptr_t)(image->base + symbol->st_value);
  }
  return NULL;
}
