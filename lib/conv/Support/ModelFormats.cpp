//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Support/ModelFormats.h"

#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Path.h"

using namespace mlir;
using llvm::StringRef;

/// How files of TensorFlow Lite are marked, behind four bytes.
static constexpr StringRef kTFLiteMark = "TFL3";
/// PyTorch writes archives.
static constexpr StringRef kZipMark = "PK\x03\x04";

std::string conv::describeForeignModel(StringRef name, StringRef contents) {
  enum class Format { None, Onnx, TFLite, Torch };
  Format format =
      llvm::StringSwitch<Format>(llvm::sys::path::extension(name).lower())
          .Case(".onnx", Format::Onnx)
          .Case(".tflite", Format::TFLite)
          .Cases({".pt", ".pt2", ".pth"}, Format::Torch)
          .Default(contents.substr(4).starts_with(kTFLiteMark) ? Format::TFLite
                   : contents.starts_with(kZipMark)            ? Format::Torch
                                                               : Format::None);
  std::string output = llvm::sys::path::stem(name).str() + ".mlir";
  std::string command = "convopt import " + name.str() + " -o " + output;
  std::string begin = "'" + name.str() + "' is ";
  switch (format) {
  case Format::None:
    return "";
  case Format::Onnx:
    return begin + "an ONNX model, not MLIR: convert it with `" + command +
           "` (pip install 'mlir-conv-opt[onnx]')";
  case Format::TFLite:
    return begin + "a TensorFlow Lite model, not MLIR: convert it with `" +
           command + "` (pip install 'mlir-conv-opt[tflite]')";
  case Format::Torch:
    return begin +
           "a file of PyTorch's, not MLIR: load it in Python and give "
           "the module to convopt.from_torch, or, if torch.export.save "
           "wrote it, `" +
           command + "` (pip install 'mlir-conv-opt[torch]')";
  }
  llvm_unreachable("unknown format");
}
