//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "DataObject.h"

#include "conv/Kernels/Passes.h"

#include "mlir/Dialect/LLVMIR/LLVMDialect.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSet.h"
#include "llvm/Object/ELF.h"
#include "llvm/Support/BLAKE3.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/TargetParser/Triple.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;

/// Constants of fewer bytes are LLVM's: it may compute with them.
static constexpr size_t kLeastBytes = 4096;

//===----------------------------------------------------------------------===//
// Out of the module
//===----------------------------------------------------------------------===//

/// The bytes of `value` as they lie in memory; none where it has others.
static ArrayRef<char> getBytes(ElementsAttr value) {
  Type element = value.getElementType();
  if (!element.isIntOrFloat() || element.getIntOrFloatBitWidth() % 8 != 0)
    return {};
  ArrayRef<char> bytes;
  if (auto resource = dyn_cast<DenseResourceElementsAttr>(value)) {
    if (AsmResourceBlob *blob = resource.getRawHandle().getBlob())
      bytes = blob->getData();
  } else if (auto dense = dyn_cast<DenseIntOrFPElementsAttr>(value)) {
    if (!dense.isSplat())
      bytes = dense.getRawData();
  }
  size_t size = static_cast<size_t>(value.getNumElements()) *
                (element.getIntOrFloatBitWidth() / 8);
  return bytes.size() == size ? bytes : ArrayRef<char>();
}

/// The value of `global` where it is a large constant that only the module
/// knows.
static ElementsAttr getLargeConstant(LLVM::GlobalOp global) {
  auto value = dyn_cast_if_present<ElementsAttr>(global.getValueAttr());
  bool own = global.getLinkage() == LLVM::Linkage::Private ||
             global.getLinkage() == LLVM::Linkage::Internal;
  if (!value || !own || !global.getConstant() || global.getSection() ||
      global.getAddrSpace() != 0 || getBytes(value).size() < kLeastBytes ||
      global.getAlignment().value_or(1) > kDataAlignment)
    return nullptr;
  return value;
}

/// Makes `global` the declaration of `symbol`, which may be far away.
static void declare(LLVM::GlobalOp global, StringRef symbol) {
  global.removeValueAttr();
  global.setSymName(symbol);
  global.setLinkage(LLVM::Linkage::External);
  global.setVisibility_(LLVM::Visibility::Default);
  global.setDsoLocal(false);
}

std::vector<DataConstant> conv::takeConstants(ModuleOp module,
                                              const ResolvedTarget &target) {
  std::vector<DataConstant> constants;
  llvm::Triple triple(target.triple);
  if (!triple.isOSBinFormatELF() || !triple.isArch64Bit() ||
      !triple.isLittleEndian())
    return constants;
  DenseMap<StringAttr, StringAttr> renamed;
  llvm::StringSet<> known;
  for (auto global :
       llvm::make_early_inc_range(module.getOps<LLVM::GlobalOp>())) {
    ElementsAttr value = getLargeConstant(global);
    if (!value)
      continue;
    ArrayRef<char> bytes = getBytes(value);
    auto digest = llvm::BLAKE3::hash<16>(ArrayRef(
        reinterpret_cast<const uint8_t *>(bytes.data()), bytes.size()));
    std::string symbol =
        "conv_constant_" + llvm::toHex(digest, /*LowerCase=*/true);
    StringAttr old = global.getSymNameAttr();
    renamed[old] = StringAttr::get(module.getContext(), symbol);
    if (!known.insert(symbol).second) {
      global.erase();
      continue;
    }
    declare(global, symbol);
    constants.push_back({symbol, value});
  }
  if (constants.empty())
    return constants;
  module.walk([&](LLVM::AddressOfOp op) {
    if (StringAttr name = renamed.lookup(op.getGlobalNameAttr().getAttr()))
      op.setGlobalNameAttr(FlatSymbolRefAttr::get(name));
  });
  return constants;
}

//===----------------------------------------------------------------------===//
// Into an object
//===----------------------------------------------------------------------===//

namespace {
using ELFT = llvm::object::ELF64LE;

/// The sections, by their index; the first stands for none.
enum Section { None, Data, Symbols, Strings, SectionNames, Stack, NumSections };

/// Where the parts of the object lie in its file.
struct ObjectLayout {
  SmallVector<uint64_t> data; ///< Of each constant, from the section's begin.
  uint64_t dataSize = 0;
  std::string names = std::string(1, '\0');
  SmallVector<uint32_t> nameOffsets;

  static constexpr uint64_t kDataOffset =
      llvm::alignTo(sizeof(ELFT::Ehdr), kDataAlignment);
  uint64_t getSymbolsOffset() const {
    return llvm::alignTo(kDataOffset + dataSize, alignof(uint64_t));
  }
  uint64_t getNumSymbols() const { return data.size() + 1; }
  uint64_t getNamesOffset() const {
    return getSymbolsOffset() + getNumSymbols() * sizeof(ELFT::Sym);
  }
};
} // namespace

/// The names of all sections, one behind the other.
static const std::string &getSectionNames() {
  static const std::string names("\0.rodata\0.symtab\0.strtab\0.shstrtab\0"
                                 ".note.GNU-stack\0",
                                 51);
  return names;
}

static void writeSections(ELFT::Shdr *sections, const ObjectLayout &layout,
                          uint64_t sectionNamesOffset) {
  auto set = [&](Section section, StringRef name, uint32_t type,
                 uint64_t offset, uint64_t size, uint64_t alignment) {
    ELFT::Shdr &header = sections[section];
    header.sh_name = getSectionNames().find(name.str());
    header.sh_type = type;
    header.sh_offset = offset;
    header.sh_size = size;
    header.sh_addralign = alignment;
  };
  set(Data, ".rodata", llvm::ELF::SHT_PROGBITS, ObjectLayout::kDataOffset,
      layout.dataSize, kDataAlignment);
  sections[Data].sh_flags = llvm::ELF::SHF_ALLOC;
  set(Symbols, ".symtab", llvm::ELF::SHT_SYMTAB, layout.getSymbolsOffset(),
      layout.getNumSymbols() * sizeof(ELFT::Sym), alignof(uint64_t));
  sections[Symbols].sh_link = Strings;
  sections[Symbols].sh_info = 1; // The first that is not local.
  sections[Symbols].sh_entsize = sizeof(ELFT::Sym);
  set(Strings, ".strtab", llvm::ELF::SHT_STRTAB, layout.getNamesOffset(),
      layout.names.size(), 1);
  set(SectionNames, ".shstrtab", llvm::ELF::SHT_STRTAB, sectionNamesOffset,
      getSectionNames().size(), 1);
  // Nothing here is to be executed from a stack.
  set(Stack, ".note.GNU-stack", llvm::ELF::SHT_PROGBITS, sectionNamesOffset, 0,
      1);
}

static void writeSymbols(ELFT::Sym *symbols, ArrayRef<DataConstant> constants,
                         const ObjectLayout &layout) {
  for (auto [i, constant] : llvm::enumerate(constants)) {
    ELFT::Sym &symbol = symbols[i + 1];
    symbol.st_name = layout.nameOffsets[i];
    // Another model in the program may have the same constant.
    symbol.setBindingAndType(llvm::ELF::STB_WEAK, llvm::ELF::STT_OBJECT);
    symbol.setVisibility(llvm::ELF::STV_HIDDEN);
    symbol.st_shndx = Data;
    symbol.st_value = layout.data[i];
    symbol.st_size = getBytes(constant.value).size();
  }
}

/// Frees the bytes of `value` if the compiler made them, for its module alone.
static void freePacked(ElementsAttr value) {
  auto resource = dyn_cast<DenseResourceElementsAttr>(value);
  if (resource &&
      resource.getRawHandle().getKey().starts_with(kPackedFilterKey))
    *resource.getRawHandle().getBlob() = AsmResourceBlob();
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
conv::makeDataObject(ArrayRef<DataConstant> constants,
                     llvm::MemoryBufferRef code) {
  ObjectLayout layout;
  for (const DataConstant &constant : constants) {
    layout.data.push_back(layout.dataSize);
    layout.dataSize = llvm::alignTo(
        layout.dataSize + getBytes(constant.value).size(), kDataAlignment);
    layout.nameOffsets.push_back(layout.names.size());
    layout.names += constant.symbol;
    layout.names += '\0';
  }
  uint64_t sectionNames = layout.getNamesOffset() + layout.names.size();
  uint64_t headers =
      llvm::alignTo(sectionNames + getSectionNames().size(), alignof(uint64_t));
  uint64_t size = headers + NumSections * sizeof(ELFT::Shdr);
  auto buffer = llvm::WritableMemoryBuffer::getNewUninitMemBuffer(
      size, "constants", llvm::Align(kDataAlignment));
  if (!buffer || code.getBufferSize() < sizeof(ELFT::Ehdr))
    return llvm::createStringError("no memory for the constants");
  char *begin = buffer->getBufferStart();
  uint64_t symbols = layout.getSymbolsOffset();
  std::memset(begin + symbols, 0, size - symbols);
  writeSymbols(reinterpret_cast<ELFT::Sym *>(begin + symbols), constants,
               layout);
  std::memcpy(begin + layout.getNamesOffset(), layout.names.data(),
              layout.names.size());
  std::memcpy(begin + sectionNames, getSectionNames().data(),
              getSectionNames().size());
  writeSections(reinterpret_cast<ELFT::Shdr *>(begin + headers), layout,
                sectionNames);
  // The machine, its byte order and its calling convention are the code's.
  std::memset(begin, 0, ObjectLayout::kDataOffset);
  std::memcpy(begin, code.getBufferStart(), sizeof(ELFT::Ehdr));
  auto *header = reinterpret_cast<ELFT::Ehdr *>(begin);
  header->e_shoff = headers;
  header->e_shnum = NumSections;
  header->e_shstrndx = SectionNames;
  for (auto [i, constant] : llvm::enumerate(constants)) {
    ArrayRef<char> bytes = getBytes(constant.value);
    char *to = begin + ObjectLayout::kDataOffset + layout.data[i];
    std::memcpy(to, bytes.data(), bytes.size());
    std::memset(to + bytes.size(), 0,
                llvm::alignTo(bytes.size(), kDataAlignment) - bytes.size());
    freePacked(constant.value);
  }
  return std::move(buffer);
}

/// Whether `section` is none that a linker would have to do something about, or
/// that code could write to.
static bool isPlain(const ELFT::Shdr &section) {
  switch (section.sh_type) {
  case llvm::ELF::SHT_NULL:
  case llvm::ELF::SHT_SYMTAB:
  case llvm::ELF::SHT_STRTAB:
    return true;
  case llvm::ELF::SHT_PROGBITS:
    return !(section.sh_flags &
             (llvm::ELF::SHF_EXECINSTR | llvm::ELF::SHF_WRITE));
  default:
    return false;
  }
}

/// Adds the constants that `symbols`, a table of `file`, names. Fails where one
/// does not lie as it has to.
static llvm::Error addConstants(const llvm::object::ELFFile<ELFT> &file,
                                const ELFT::Shdr &symbols,
                                std::vector<PlacedConstant> &constants) {
  auto names = file.getStringTableForSymtab(symbols);
  if (!names)
    return names.takeError();
  auto table = file.symbols(&symbols);
  if (!table)
    return table.takeError();
  for (const ELFT::Sym &symbol : *table) {
    if (symbol.isUndefined())
      continue;
    auto name = symbol.getName(*names);
    auto section = name ? file.getSection(symbol.st_shndx)
                        : llvm::Expected<const ELFT::Shdr *>(name.takeError());
    if (!section)
      return section.takeError();
    auto bytes = file.getSectionContents(**section);
    if (!bytes)
      return bytes.takeError();
    if (symbol.st_value + symbol.st_size > bytes->size())
      return llvm::createStringError("a symbol leaves its section");
    const uint8_t *at = bytes->data() + symbol.st_value;
    if (reinterpret_cast<uintptr_t>(at) % kDataAlignment != 0)
      return llvm::createStringError("a constant is not aligned");
    constants.push_back({*name, reinterpret_cast<const char *>(at)});
  }
  return llvm::Error::success();
}

std::optional<std::vector<PlacedConstant>>
conv::findPlacedConstants(llvm::MemoryBufferRef object) {
  std::vector<PlacedConstant> constants;
  auto read = [&]() -> llvm::Error {
    auto file = llvm::object::ELFFile<ELFT>::create(object.getBuffer());
    if (!file)
      return file.takeError();
    auto sections = file->sections();
    if (!sections)
      return sections.takeError();
    if (!llvm::all_of(*sections, isPlain))
      return llvm::createStringError("there is more than constants");
    for (const ELFT::Shdr &section : *sections)
      if (section.sh_type == llvm::ELF::SHT_SYMTAB)
        if (llvm::Error error = addConstants(*file, section, constants))
          return error;
    return llvm::Error::success();
  };
  if (llvm::Error error = read()) {
    llvm::consumeError(std::move(error));
    return std::nullopt;
  }
  return constants;
}
