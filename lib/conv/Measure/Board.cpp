//===----------------------------------------------------------------------===//
//
// Part of the conv-opt project, under the Apache License v2.0 with LLVM
// Exceptions. See LICENSE for license information.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//

#include "conv/Measure/Board.h"

#include "conv/Measure/Reference.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FileUtilities.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

#include <chrono>
#include <thread>

using namespace mlir::conv;
using namespace mlir::conv::bench;
namespace fs = llvm::sys::fs;
namespace json = llvm::json;
using llvm::StringRef;

/// Seconds for the way there and back, beyond those of the job.
static constexpr unsigned kTransferSeconds = 60;

//===----------------------------------------------------------------------===//
// Jobs
//===----------------------------------------------------------------------===//

static void printShape(llvm::raw_ostream &os, llvm::ArrayRef<int64_t> shape) {
  os << " " << shape.size();
  for (int64_t extent : shape)
    os << " " << extent;
  os << "\n";
}

static void printOperand(llvm::raw_ostream &os, const Operand &operand,
                         OperandFill fill) {
  os << "operand " << fill.amplitude << " " << fill.seed;
  printShape(os, operand.shape);
}

void bench::printJob(llvm::raw_ostream &os, const BoardJob &job) {
  const KernelSpec &spec = job.spec;
  ReferenceFills fills = getReferenceFills(spec);
  os << "conv-board job 1\n"
     << llvm::formatv("seconds {0}\nbusy {1}\nmargin {2}\npair-seconds {3}\n",
                      job.seconds, job.maxBusy, job.margin, job.pairSeconds)
     << llvm::formatv("hopeless {0}\nlimit-seconds {1}\n", job.hopeless,
                      job.limitSeconds);
  printOperand(os, spec.getInput(), fills.input);
  printOperand(os, spec.getFilter(), fills.filter);
  if (spec.problem.hasBias)
    printOperand(os, spec.getBias(), fills.bias);
  if (spec.problem.hasResidual)
    printOperand(os, spec.getOutput(), fills.residual);
  os << "output";
  printShape(os, spec.getOutput().shape);
  os << "expected " << llvm::format_hex_no_prefix(job.expected, 16) << "\n"
     << "incumbent " << job.incumbent << "\n";
  for (const BoardCandidate &candidate : job.candidates) {
    os << "candidate " << candidate.image.size();
    printShape(os, candidate.packedShape);
  }
  if (job.probe) {
    os << "probe " << job.probe->image.size() << " "
       << llvm::formatv("{0}", job.probe->flopsPerTrip);
    printShape(os, job.probe->shape);
    os << llvm::formatv("final {0} {1} {2} {3}\n", job.finalMargin,
                        job.finalPairSeconds, job.recordSeconds,
                        spec.problem.flops());
  }
  os << "data\n";
  for (const BoardCandidate &candidate : job.candidates)
    os << candidate.image;
  if (job.probe)
    os << job.probe->image;
}

//===----------------------------------------------------------------------===//
// Answers
//===----------------------------------------------------------------------===//

namespace mlir::conv::bench {
static bool fromJSON(const json::Value &value, BoardTrial &trial,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("verdict", trial.verdict) &&
         map.map("reason", trial.reason) && map.map("ratio", trial.ratio) &&
         map.map("seconds", trial.seconds) &&
         map.map("workspace_bytes", trial.workspaceBytes);
}

static bool fromJSON(const json::Value &value, BoardTiming &timing,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("confirmation", timing.confirmation) &&
         map.map("seconds", timing.seconds) && map.map("peak", timing.peak) &&
         map.map("fraction", timing.fraction) &&
         map.map("noise", timing.noise) && map.map("busy", timing.busy);
}
} // namespace mlir::conv::bench

bool bench::fromJSON(const json::Value &value, BoardAnswer &answer,
                     json::Path path) {
  json::ObjectMapper map(value, path);
  return map && map.map("host", answer.host) &&
         map.map("architecture", answer.architecture) &&
         map.map("status", answer.status) && map.map("reason", answer.reason) &&
         map.map("best", answer.best) && map.map("candidates", answer.trials) &&
         map.mapOptional("final", answer.timing);
}

static llvm::Expected<BoardAnswer> parseAnswer(StringRef text) {
  auto value = json::parse(text);
  if (!value)
    return value.takeError();
  BoardAnswer answer;
  json::Path::Root root("answer");
  if (!fromJSON(*value, answer, root))
    return root.getError();
  return answer;
}

//===----------------------------------------------------------------------===//
// The way there and back
//===----------------------------------------------------------------------===//

static llvm::Error makeBoardError(StringRef board, const llvm::Twine &why) {
  return llvm::createStringError("the board '" + board + "': " + why);
}

static llvm::Error writeJob(StringRef path, const BoardJob &job) {
  std::error_code code;
  llvm::raw_fd_ostream os(path, code);
  if (!code) {
    printJob(os, job);
    os.close();
    code = os.error();
    os.clear_error();
  }
  if (code)
    return llvm::createStringError("cannot write " + path + ": " +
                                   code.message());
  return llvm::Error::success();
}

static std::string readText(StringRef path) {
  auto text = llvm::MemoryBuffer::getFile(path, /*IsText=*/false,
                                          /*RequiresNullTerminator=*/false,
                                          /*IsVolatile=*/true);
  return text ? (*text)->getBuffer().str() : "";
}

namespace {
/// Files of one job, removed with it.
struct JobFiles {
  explicit JobFiles(StringRef stem)
      : job(stem.str() + ".job"), answer(stem.str() + ".answer"),
        partial(stem.str() + ".writing"), said(stem.str() + ".said") {}
  ~JobFiles() {
    for (const std::string &path : {job, answer, partial, said})
      (void)fs::remove(path);
  }
  std::string job, answer, partial, said;
};
} // namespace

/// Waits for the board that looks into the folder.
static llvm::Expected<std::string> runInFolder(StringRef folder,
                                               const BoardJob &job) {
  static unsigned number = 0;
  llvm::SmallString<128> stem(folder);
  llvm::sys::path::append(
      stem,
      llvm::formatv("{0}-{1}", llvm::sys::Process::getProcessId(), number++)
          .str());
  JobFiles files(stem);
  if (auto error = writeJob(files.partial, job))
    return std::move(error);
  // It appears as a whole.
  if (std::error_code code = fs::rename(files.partial, files.job))
    return makeBoardError(folder, code.message());
  auto end = std::chrono::steady_clock::now() +
             std::chrono::duration<double>(job.seconds + kTransferSeconds);
  constexpr std::chrono::milliseconds pause(50);
  while (!fs::exists(files.answer)) {
    if (std::chrono::steady_clock::now() > end)
      return makeBoardError(folder, "no answer; does conv-board look into it?");
    std::this_thread::sleep_for(pause);
  }
  return readText(files.answer);
}

static llvm::Expected<std::string> runCommand(StringRef command,
                                              const BoardJob &job) {
  llvm::SmallString<128> stem;
  if (std::error_code code = fs::createTemporaryFile("conv-board", "", stem))
    return makeBoardError(command, code.message());
  llvm::FileRemover remover(stem);
  JobFiles files(stem);
  if (auto error = writeJob(files.job, job))
    return std::move(error);
  std::optional<StringRef> redirects[] = {
      StringRef(files.job), StringRef(files.answer), StringRef(files.said)};
  std::string why;
  int status = llvm::sys::ExecuteAndWait(
      "/bin/sh", {"/bin/sh", "-c", command}, std::nullopt, redirects,
      static_cast<unsigned>(job.seconds) + kTransferSeconds,
      /*MemoryLimit=*/0, &why);
  if (status == 0)
    return readText(files.answer);
  std::string said = StringRef(readText(files.said)).trim().str();
  if (!said.empty())
    why = said;
  else if (why.empty())
    why = llvm::formatv("exit code {0}", status);
  return makeBoardError(command, why);
}

llvm::Expected<BoardAnswer> bench::runOnBoard(StringRef board,
                                              const BoardJob &job) {
  auto text = fs::is_directory(board) ? runInFolder(board, job)
                                      : runCommand(board, job);
  if (!text)
    return text.takeError();
  auto answer = parseAnswer(*text);
  if (!answer)
    return makeBoardError(board, "not an answer of conv-board: " +
                                     llvm::toString(answer.takeError()));
  return answer;
}
