//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Files of weights in the format of the safetensors library: the length of the
/// index in eight bytes, the index as JSON, the bytes of the tensors.
///
//===----------------------------------------------------------------------===//

#include "conv/Recognition/Passes.h"
#include "conv/Recognition/Weights.h"

#include "mlir/IR/BuiltinAttributes.h"
#include "mlir/IR/DialectResourceBlobManager.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/Error.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <cstring>

#include <sys/mman.h>

namespace mlir::conv {
#define GEN_PASS_DEF_CONVLOADWEIGHTSPASS
#include "conv/Recognition/Passes.h.inc"
} // namespace mlir::conv

using namespace mlir;
using namespace mlir::conv;

//===----------------------------------------------------------------------===//
// Files
//===----------------------------------------------------------------------===//

/// Bytes of the length that a file begins with.
static constexpr size_t kLengthBytes = 8;

/// "F32[64, 3]".
static std::string describeType(StringRef element, ArrayRef<int64_t> shape) {
  std::string text = element.str();
  llvm::raw_string_ostream os(text);
  os << '[';
  llvm::interleaveComma(shape, os);
  os << ']';
  return text;
}

namespace {
/// A tensor as the index has it; offsets count from the end of the index.
struct IndexEntry {
  std::string dtype;
  std::vector<int64_t> shape;
  std::vector<int64_t> offsets;
};
} // namespace

static bool fromJSON(const llvm::json::Value &value, IndexEntry &entry,
                     llvm::json::Path path) {
  llvm::json::ObjectMapper map(value, path);
  return map && map.map("dtype", entry.dtype) &&
         map.map("shape", entry.shape) &&
         map.map("data_offsets", entry.offsets);
}

llvm::Expected<Weights> conv::readWeights(StringRef path) {
  auto fail = [&](const llvm::Twine &what) {
    return llvm::createStringError("the file of weights '" + path + "' " +
                                   what);
  };
  auto file = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false);
  if (!file)
    return fail("cannot be read: " + file.getError().message());
  StringRef bytes = (*file)->getBuffer();
  if (bytes.size() < kLengthBytes)
    return fail("is no safetensors file: it is too short");
  uint64_t length = llvm::support::endian::read64le(bytes.data());
  bytes = bytes.drop_front(kLengthBytes);
  if (length > bytes.size())
    return fail("is no safetensors file, or was cut off in its index");
  auto index = llvm::json::parse(bytes.take_front(length));
  if (!index) {
    llvm::consumeError(index.takeError());
    return fail("is no safetensors file: its index is no JSON");
  }
  bytes = bytes.drop_front(length);
  const llvm::json::Object *tensors = index->getAsObject();
  if (!tensors)
    return fail("is no safetensors file: its index is no object");

  Weights weights;
  for (const auto &[name, value] : *tensors) {
    if (StringRef(name) == "__metadata__")
      continue;
    IndexEntry entry;
    llvm::json::Path::Root root;
    if (!fromJSON(value, entry, root) || entry.offsets.size() != 2)
      return fail("has a malformed entry for '" + StringRef(name) + "'");
    int64_t begin = entry.offsets[0], end = entry.offsets[1];
    if (begin < 0 || end < begin || static_cast<uint64_t>(end) > bytes.size())
      return fail("does not hold all of '" + StringRef(name) +
                  "': it was cut off");
    StringRef data = bytes.slice(begin, end);
    weights.blobs[name] = {ArrayRef<char>(data.data(), data.size()),
                           describeType(entry.dtype, entry.shape)};
  }
  weights.owner = std::shared_ptr<llvm::MemoryBuffer>(std::move(*file));
  return weights;
}

/// `file` as seen from the folder of the module called `module`.
static std::string resolvePath(StringRef file, StringRef module) {
  SmallString<128> path;
  if (!llvm::sys::path::is_absolute(file))
    path = llvm::sys::path::parent_path(module);
  llvm::sys::path::append(path, file);
  return path.str().str();
}

std::optional<std::string> conv::findWeightsFile(StringRef source,
                                                 StringRef name) {
  size_t position = source.find(kWeightsAttrName);
  if (position == StringRef::npos)
    return std::string();
  StringRef rest = source.drop_front(position + kWeightsAttrName.size());
  if (!rest.consume_front(" = \""))
    return std::nullopt;
  StringRef file = rest.take_until([](char c) { return c == '"'; });
  if (file.contains('\\'))
    return std::nullopt;
  return resolvePath(file, name);
}

//===----------------------------------------------------------------------===//
// Constants
//===----------------------------------------------------------------------===//

/// What a file of weights calls the elements of `type`; empty for those it has
/// no name for.
static std::string getElementName(Type type) {
  if (type.isBF16())
    return "BF16";
  if (isa<FloatType>(type))
    return "F" + std::to_string(type.getIntOrFloatBitWidth());
  if (type.isInteger(1))
    return "BOOL";
  if (type.isInteger())
    return (type.isUnsignedInteger() ? "U" : "I") +
           std::to_string(type.getIntOrFloatBitWidth());
  return "";
}

/// A blob over `bytes`, or over a copy where these are not aligned to elements.
static AsmResourceBlob makeBlob(ArrayRef<char> bytes, size_t elementBytes,
                                std::shared_ptr<void> owner) {
  size_t align = llvm::bit_floor(std::max<size_t>(elementBytes, 1));
  if (reinterpret_cast<uintptr_t>(bytes.data()) % align != 0)
    return HeapAsmResourceBlob::allocateAndCopyWithAlign(
        bytes, align, /*dataIsMutable=*/false);
  return AsmResourceBlob(
      bytes, align, [owner](void *, size_t, size_t) {},
      /*dataIsMutable=*/false);
}

/// Whether `blob` holds the elements of `type`. Signs are not compared: where
/// integers have none, a file has to choose one.
static LogicalResult checkBlob(Operation *op, StringRef name,
                               const NamedBlob &blob, ShapedType type) {
  size_t bytes = type.getNumElements() *
                 llvm::divideCeil(type.getElementTypeBitWidth(), 8);
  std::string wanted =
      describeType(getElementName(type.getElementType()), type.getShape());
  bool sameType =
      blob.type.empty() || blob.type == wanted ||
      (type.getElementType().isInteger() &&
       StringRef(blob.type).drop_front() == StringRef(wanted).drop_front());
  if (sameType && blob.data.size() == bytes)
    return success();
  InFlightDiagnostic diag = op->emitError("the weights '") << name << "' are ";
  if (!sameType)
    return diag << blob.type << ", the constant that names them is " << type;
  return diag << blob.data.size() << " bytes, the constant that names them, "
              << type << ", has " << bytes;
}

LogicalResult conv::attachWeights(ModuleOp module, const Weights &weights) {
  WalkResult walked = module.walk([&](Operation *op) {
    for (NamedAttribute attr : op->getAttrs()) {
      auto elements = dyn_cast<DenseResourceElementsAttr>(attr.getValue());
      if (!elements)
        continue;
      DenseResourceElementsHandle handle = elements.getRawHandle();
      auto found = weights.blobs.find(handle.getKey());
      if (handle.getBlob() || found == weights.blobs.end())
        continue;
      ShapedType type = elements.getType();
      if (failed(checkBlob(op, handle.getKey(), found->second, type)))
        return WalkResult::interrupt();
      handle.getResource()->setBlob(makeBlob(
          found->second.data,
          llvm::divideCeil(type.getElementTypeBitWidth(), 8), weights.owner));
    }
    return WalkResult::advance();
  });
  return failure(walked.wasInterrupted());
}

/// The file the module was parsed from; empty when that is not known.
static StringRef getFileName(ModuleOp module) {
  auto loc = module.getLoc()->findInstanceOf<FileLineColLoc>();
  return loc ? loc.getFilename().getValue() : StringRef();
}

LogicalResult conv::loadWeights(ModuleOp module, StringRef file,
                                std::shared_ptr<llvm::MemoryBuffer> *mapped) {
  std::string path = file.str();
  auto attr = module->getAttrOfType<StringAttr>(kWeightsAttrName);
  if (path.empty() && attr)
    path = resolvePath(attr, getFileName(module));
  module->removeAttr(kWeightsAttrName);
  if (path.empty())
    return success();
  llvm::Expected<Weights> weights = readWeights(path);
  if (!weights)
    return module.emitError(llvm::toString(weights.takeError()));
  if (mapped)
    *mapped = std::static_pointer_cast<llvm::MemoryBuffer>(weights->owner);
  return attachWeights(module, *weights);
}

void conv::releasePages(const llvm::MemoryBuffer &file) {
  // MemoryBuffer::dontNeedIfMmap() asks posix_madvise, which does nothing in
  // glibc. The mapping begins where the file does, on a page.
  if (file.getBufferKind() == llvm::MemoryBuffer::MemoryBuffer_MMap)
    (void)madvise(const_cast<char *>(file.getBufferStart()),
                  file.getBufferSize(), MADV_DONTNEED);
}

namespace {
struct ConvLoadWeightsPass
    : conv::impl::ConvLoadWeightsPassBase<ConvLoadWeightsPass> {
  using ConvLoadWeightsPassBase::ConvLoadWeightsPassBase;

  void runOnOperation() override {
    if (failed(loadWeights(getOperation(), file)))
      signalPassFailure();
  }
};
} // namespace
