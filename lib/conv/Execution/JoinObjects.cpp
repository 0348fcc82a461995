//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
///
/// \file
/// Several relocatable objects as one, for callers that want a single file.
///
//===----------------------------------------------------------------------===//

#include "conv/Execution/Driver.h"

#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/TargetParser/Triple.h"

using namespace mlir;
using namespace mlir::conv;

/// The linker LLVM brings, which knows every target; empty when there is none.
static const std::string &findLinker() {
  static const std::string linker = [] {
    for (StringRef name : {"ld.lld", "ld.lld-22"})
      if (auto found = llvm::sys::findProgramByName(
              name, {StringRef(CONVOPT_LLVM_TOOLS_DIR)}))
        return *found;
    for (StringRef name : {"ld.lld-22", "ld.lld"})
      if (auto found = llvm::sys::findProgramByName(name))
        return *found;
    return std::string();
  }();
  return linker;
}

bool conv::canJoinObjects(const ResolvedTarget &target) {
  return llvm::Triple(target.triple).isOSBinFormatELF() &&
         !findLinker().empty();
}

namespace {
/// A directory that is gone when this is.
struct TemporaryDirectory {
  llvm::SmallString<128> path;

  std::error_code create() {
    return llvm::sys::fs::createUniqueDirectory("conv-opt", path);
  }
  ~TemporaryDirectory() {
    if (!path.empty())
      (void)llvm::sys::fs::remove_directories(path);
  }
};
} // namespace

static llvm::Error writeFile(StringRef path, StringRef bytes) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (!error) {
    os << bytes;
    os.close();
    error = os.error();
    os.clear_error();
  }
  if (error)
    return llvm::createStringError(path + ": " + error.message());
  return llvm::Error::success();
}

/// What the linker makes of `objects` with `options`. Each is freed as soon as
/// it is in a file: most of their bytes are a model's weights.
static llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
link(Objects objects, ArrayRef<StringRef> options) {
  if (findLinker().empty())
    return llvm::createStringError("no ld.lld to join objects with");
  TemporaryDirectory directory;
  if (std::error_code error = directory.create())
    return llvm::createStringError("cannot make a temporary directory: " +
                                   error.message());
  auto getPath = [&](const llvm::Twine &name) {
    llvm::SmallString<128> path(directory.path);
    llvm::sys::path::append(path, name);
    return path.str().str();
  };
  std::vector<std::string> inputs;
  for (auto [i, object] : llvm::enumerate(objects)) {
    inputs.push_back(getPath(llvm::Twine(i) + ".o"));
    if (llvm::Error error = writeFile(inputs.back(), object->getBuffer()))
      return std::move(error);
    object.reset();
  }
  std::string output = getPath("joined.o"), said = getPath("said");
  llvm::SmallVector<StringRef> arguments = {findLinker(), "-o", output};
  llvm::append_range(arguments, options);
  llvm::append_range(arguments, inputs);
  std::optional<StringRef> redirects[] = {std::nullopt, StringRef(said),
                                          StringRef(said)};
  std::string why;
  if (llvm::sys::ExecuteAndWait(findLinker(), arguments, std::nullopt,
                                redirects, 0, 0, &why)) {
    if (auto text = llvm::MemoryBuffer::getFile(said))
      why += (*text)->getBuffer().trim();
    return llvm::createStringError("joining objects failed: " + why);
  }
  // Mapped: what is mapped stays when the file goes away.
  auto joined = llvm::MemoryBuffer::getFile(output, /*IsText=*/false,
                                            /*RequiresNullTerminator=*/false);
  if (!joined)
    return llvm::createStringError(output + ": " + joined.getError().message());
  return std::move(*joined);
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
conv::joinObjects(Objects objects) {
  return link(std::move(objects), {"-r"});
}

llvm::Expected<std::unique_ptr<llvm::MemoryBuffer>>
conv::linkImage(const Objects &objects) {
  // Pages of 64 KiB are the largest that systems use; loaders that are small
  // count symbols by the old table.
  Objects views;
  for (const auto &object : objects)
    views.push_back(llvm::MemoryBuffer::getMemBuffer(
        object->getMemBufferRef(), /*RequiresNullTerminator=*/false));
  return link(std::move(views), {"-shared", "-Bsymbolic", "--hash-style=sysv",
                                 "-z", "norelro", "-z", "max-page-size=65536",
                                 "-z", "separate-code", "--strip-debug"});
}
