//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/ModelPeer.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Program.h"
#include "llvm/Support/raw_ostream.h"

#include <cstring>

using namespace mlir;
using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace fs = llvm::sys::fs;
namespace json = llvm::json;

// kModelPeerScript, the text of ModelPeer.py.
#include "ModelPeerScript.inc"

llvm::ArrayRef<llvm::StringRef> bench::getModelPeerNames() {
  static const llvm::StringRef names[] = {"onnxruntime", "openvino", "ncnn",
                                          "ncnn-no-winograd"};
  return names;
}

/// Numpy's name of `type`.
static std::string getTypeName(Type type) {
  std::string bits = std::to_string(type.getIntOrFloatBitWidth());
  return (isa<FloatType>(type) ? "float" : "int") + bits;
}

static llvm::Error writeBytes(llvm::StringRef path,
                              llvm::ArrayRef<char> bytes) {
  std::error_code error;
  llvm::raw_fd_ostream os(path, error);
  if (error)
    return llvm::createStringError("cannot write " + path + ": " +
                                   error.message());
  os << llvm::StringRef(bytes.data(), bytes.size());
  os.close();
  return llvm::errorCodeToError(os.error());
}

/// The values a peer left in the file called `path`.
static llvm::Expected<std::vector<double>> readValues(llvm::StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path);
  if (!buffer)
    return llvm::errorCodeToError(buffer.getError());
  std::vector<double> values((*buffer)->getBufferSize() / sizeof(double));
  std::memcpy(values.data(), (*buffer)->getBufferStart(),
              values.size() * sizeof(double));
  return values;
}

/// Writes `inputs` to files in `folder`, and what the script has to know.
static llvm::Expected<json::Object>
describeTask(const ModelPeerRequest &request,
             llvm::ArrayRef<Invocation::Input> inputs, llvm::StringRef folder) {
  json::Array described;
  for (auto [i, input] : llvm::enumerate(inputs)) {
    if (!input.elementType.isIntOrFloat())
      return llvm::createStringError("an input is no tensor of numbers");
    std::string path = llvm::formatv("{0}/input{1}", folder, i);
    if (auto error = writeBytes(path, input.bytes))
      return std::move(error);
    described.push_back(json::Object{{"file", path},
                                     {"type", getTypeName(input.elementType)},
                                     {"shape", json::Array(input.shape)}});
  }
  return json::Object{{"peer", request.name},
                      {"model", request.model},
                      {"threads", request.threads},
                      {"inputs", std::move(described)},
                      {"outputs", (folder + "/outputs").str()}};
}

llvm::Expected<ModelPeer>
ModelPeer::create(const ModelPeerRequest &request,
                  llvm::ArrayRef<Invocation::Input> inputs) {
  auto python = llvm::sys::findProgramByName(request.python);
  if (!python)
    return llvm::createStringError("there is no program '" + request.python +
                                   "' to run --peer by");
  llvm::SmallString<128> folder;
  if (auto error = fs::createUniqueDirectory("conv-bench-peer", folder))
    return llvm::createStringError("no temporary folder: " + error.message());
  llvm::scope_exit remove([&] { (void)fs::remove_directories(folder); });
  auto task = describeTask(request, inputs, folder);
  if (!task)
    return task.takeError();
  auto process = Coprocess::start(
      *python, {"-c", kModelPeerScript.str(),
                llvm::formatv("{0}", json::Value(std::move(*task)))});
  if (!process)
    return process.takeError();
  auto makeError = [&](llvm::Error error) {
    return llvm::createStringError("--peer=" + request.name + ": " +
                                   llvm::toString(std::move(error)));
  };
  ModelPeer peer(std::move(*process));
  auto line = peer.process.receive();
  if (!line)
    return makeError(line.takeError());
  auto answer = json::parse(*line);
  if (!answer)
    return makeError(answer.takeError());
  const json::Object *object = answer->getAsObject();
  if (!object)
    return makeError(llvm::createStringError("unexpected answer"));
  if (auto why = object->getString("error"))
    return makeError(llvm::createStringError(*why));
  peer.version = object->getString("version").value_or("").str();
  auto values = readValues((folder + "/outputs").str());
  if (!values)
    return makeError(values.takeError());
  peer.values = std::move(*values);
  return peer;
}

llvm::Expected<double> ModelPeer::run(int64_t count) {
  if (auto error = process.send(std::to_string(count)))
    return std::move(error);
  auto line = process.receive();
  if (!line)
    return line.takeError();
  double seconds;
  if (llvm::StringRef(*line).getAsDouble(seconds))
    return llvm::createStringError("unexpected answer '" + *line + "'");
  return seconds;
}
